/* SPDX-License-Identifier: MIT */
/*
 * The steps: which operations each option asks of the child, and the order in
 * which it does them. docs/design.md gives the reason for each place. Nothing
 * that was asked for is left out here: what a system lacks, a backend declines.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <termios.h>

#include "child/every_start.h"
#include "plan/blocking.h"
#include "plan/confinement.h"
#include "plan/identity.h"
#include "plan/maps.h"
#include "plan/mounts.h"
#include "plan/namespaces.h"
#include "plan/path.h"
#include "plan/plain.h"
#include "plan/scheduling.h"
#include "plan/steps.h"
#include "plan/table.h"

/* ---- Steps, in their order --------------------------------------------- */

/* Handlers go in any case; the rest only if asked for. */
static void plan_creation(struct plan_builder *builder,
			  const struct libspawn_options *options)
{
	uint64_t reset = options->signal_default;

	if (libspawn__plain_does_not_wait(builder->request))
		plan_add(builder, OP_NO_WAIT, LIBSPAWN_STEP_BEGIN);
	if (HAS(PIDFD))
		plan_add(builder, OP_PIDFD, LIBSPAWN_STEP_PIDFD);
	if (HAS(DETACH))
		plan_add(builder, OP_DETACH, LIBSPAWN_STEP_DETACH);
	libspawn__namespaces_plan_new(builder);
	if (HAS(HOLD) || builder->request->is_held)
		plan_add(builder, OP_HOLD, LIBSPAWN_STEP_BEGIN);
	libspawn__maps_plan(builder);
	plan_add(builder, OP_HANDLERS, LIBSPAWN_STEP_SIGNALS);
	if (HAS(DEFAULT_SIGNALS))
		reset |= ~(FIXED_SIGNALS | options->signal_ignore);
	if (reset)
		plan_value(builder, OP_SIGNALS_DEFAULT, LIBSPAWN_STEP_SIGNALS,
			   reset);
	if (options->signal_ignore)
		plan_value(builder, OP_SIGNALS_IGNORE, LIBSPAWN_STEP_SIGNALS,
			   options->signal_ignore);
}

/* The caller's terminal, or the child's side of the table's new one. */
static int32_t terminal_fd(const struct request *request)
{
	const struct libspawn_options *options = &request->options;

	if (HAS(TERMINAL_FD))
		return options->terminal_fd;
	return request
		->made_fds[libspawn__row_of_kind(options, LIBSPAWN_FD_PTY)];
}

/* The terminal needs the session, the foreground needs the group. */
static void plan_session(struct plan_builder *builder,
			 const struct libspawn_options *options)
{
	struct op *op;

	if (HAS(NEW_SESSION) || (HAS(DETACH) && !HAS(KEEP_SESSION)))
		plan_add(builder, OP_SESSION, LIBSPAWN_STEP_SESSION);
	if (HAS(PROCESS_GROUP))
		plan_number(builder, OP_PROCESS_GROUP,
			    LIBSPAWN_STEP_PROCESS_GROUP,
			    options->process_group);
	if (HAS(CONTROLLING_TERMINAL)) {
		op = plan_add(builder, OP_TERMINAL, LIBSPAWN_STEP_TERMINAL);
		op->fd = terminal_fd(builder->request);
		op->value = TIOCSCTTY;
	}
	if (HAS(FOREGROUND)) {
		op = plan_add(builder, OP_FOREGROUND, LIBSPAWN_STEP_FOREGROUND);
		op->fd = terminal_fd(builder->request);
		op->value = TIOCSPGRP;
	}
	if (HAS(CGROUP_FD))
		plan_fd(builder, OP_CGROUP, LIBSPAWN_STEP_CGROUP,
			options->cgroup_fd);
}

/* Whether less is left of a resource than the caller has now. */
static int is_lowered(const struct libspawn_rlimit *limit)
{
	struct rlimit now;

	return !(limit->flags & LIBSPAWN_RLIMIT_KEEP_SOFT) &&
	       getrlimit(limit->resource, &now) == 0 &&
	       limit->soft < (uint64_t)now.rlim_cur;
}

/* What is to be kept, the child reads when it comes to it. */
static void plan_rlimit(struct plan_builder *builder,
			const struct libspawn_rlimit *limit, uint32_t index)
{
	struct op_rlimit *wanted = arena_take(builder->arena, sizeof *wanted);
	struct op *op = libspawn__builder_add(
		builder, OP_RLIMIT, LIBSPAWN_STEP_RLIMIT, (int32_t)index);

	wanted->limit[0] = limit->soft;
	wanted->limit[1] = limit->hard;
	wanted->keep[0] = limit->flags & LIBSPAWN_RLIMIT_KEEP_SOFT;
	wanted->keep[1] = limit->flags & LIBSPAWN_RLIMIT_KEEP_HARD;
	op->number = limit->resource;
	op->data = wanted;
}

_Static_assert(LIBSPAWN_RLIMITS_MAX <= 64, "find_lowered() has bits for 64");

/*
 * Bit n is limit n: those that are lowered. Of one resource all go with the
 * last, which counts. Asked once of each, so that nothing another thread sets
 * meanwhile has a limit planned twice, or not at all.
 */
static uint64_t find_lowered(const struct libspawn_options *options)
{
	const struct libspawn_rlimit *limits = options->rlimits;
	uint64_t lowered = 0;
	uint32_t n, later;

	for (n = options->rlimit_count; n-- > 0;) {
		for (later = n + 1; later < options->rlimit_count; later++)
			if (limits[later].resource == limits[n].resource)
				break;
		if (later < options->rlimit_count)
			lowered |= (lowered >> later & 1) << n;
		else if (is_lowered(&limits[n]))
			lowered |= UINT64_C(1) << n;
	}
	return lowered;
}

/*
 * Those that are raised come before what needs them (nice, descriptors), those
 * that are lowered after it.
 */
static void plan_rlimits(struct plan_builder *builder,
			 const struct libspawn_options *options, uint64_t which)
{
	uint32_t n;

	for (n = 0; n < options->rlimit_count; n++)
		if (which >> n & 1)
			plan_rlimit(builder, &options->rlimits[n], n);
}

/* oom_score_adj as text: the child can't print a number. */
static void plan_umask_and_oom(struct plan_builder *builder,
			       const struct libspawn_options *options)
{
	enum { LONGEST = sizeof "-1000" };
	char *text;

	if (HAS(UMASK))
		plan_number(builder, OP_UMASK, LIBSPAWN_STEP_UMASK,
			    (int32_t)options->umask);
	if (HAS(OOM_SCORE_ADJ)) {
		text = arena_take(builder->arena, LONGEST);
		snprintf(text, LONGEST, "%d", (int)options->oom_score_adj);
		plan_data(builder, OP_OOM_SCORE_ADJ,
			  LIBSPAWN_STEP_OOM_SCORE_ADJ, text, strlen(text));
	}
}

static struct op *plan_filter(struct plan_builder *builder,
			      const struct libspawn_bpf *instructions,
			      uint32_t count, int32_t index)
{
	struct op_filter *filter = arena_take(builder->arena, sizeof *filter);
	struct op *op = libspawn__builder_add(builder, OP_SECCOMP,
					      LIBSPAWN_STEP_SECCOMP, index);

	filter->count = (uint16_t)count;
	filter->instructions = instructions;
	op->data = filter;
	return op;
}

/* Each may forbid what the ones before need. */
static void plan_containment(struct plan_builder *builder,
			     const struct libspawn_options *options)
{
	uint32_t n;

	if (HAS(NO_NEW_PRIVS))
		plan_add(builder, OP_NO_NEW_PRIVS, LIBSPAWN_STEP_NO_NEW_PRIVS);
	if (HAS(LANDLOCK_FD))
		plan_fd(builder, OP_LANDLOCK, LIBSPAWN_STEP_LANDLOCK,
			options->landlock_fd);
	if (options->seccomp_count)
		plan_filter(builder, options->seccomp, options->seccomp_count,
			    -1);
	for (n = 0; n < options->filter_count; n++)
		plan_filter(builder, options->filters[n].instructions,
			    options->filters[n].count, (int32_t)n)
			->number = (int32_t)options->filters[n].flags;
}

static void plan_exec(struct plan_builder *builder,
		      const struct libspawn_options *options, const char *list)
{
	if (HAS(PROGRAM_FD))
		plan_fd(builder, OP_EXEC_FD, LIBSPAWN_STEP_EXEC,
			options->program_fd);
	else if (options->search_paths)
		libspawn__path_plan_each(builder, options->search_paths);
	else
		libspawn__path_plan(builder, list, builder->request->program);
}

/* ---- All of them, in their order --------------------------------------- */

IF_ASKED static void plan_asked(struct plan_builder *builder,
				const struct libspawn_options *options,
				const char *search_list)
{
	const uint64_t lowered = find_lowered(options);

	plan_creation(builder, options);
	libspawn__blocking_begin(builder);
	plan_session(builder, options);
	plan_rlimits(builder, options, ~lowered);
	libspawn__scheduling_plan(builder);
	plan_umask_and_oom(builder, options);
	libspawn__confinement_by_proc(builder);
	libspawn__table_plan(builder);
	libspawn__namespaces_plan(builder);
	libspawn__confinement_namespaces(builder);
	libspawn__mounts_plan(builder);
	plan_rlimits(builder, options, lowered);
	libspawn__identity_plan(builder);
	libspawn__confinement_process(builder);
	if (HAS(INIT))
		plan_fd(builder, OP_INIT, LIBSPAWN_STEP_INIT,
			builder->request->init_fd);
	if (options->pid_variable)
		plan_value(builder, OP_PID_VARIABLE, LIBSPAWN_STEP_PID_VARIABLE,
			   strlen(builder->plan->pid_variable));
	plan_containment(builder, options);
	libspawn__plain_mask(builder);
	plan_exec(builder, options, search_list);
}

EVERY_START void libspawn__steps_plan(struct plan_builder *builder,
				      const char *search_list)
{
	const struct libspawn_options *options = &builder->request->options;

	if (builder->request->is_bare)
		libspawn__plain_plan(builder);
	else
		plan_asked(builder, options, search_list);
}
