/* SPDX-License-Identifier: MIT */
/*
 * The steps: which operations each option asks of the child, and the order in
 * which it does them. docs/design.md gives the reason for each place.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "path.h"
#include "planner.h"

enum { CAPABILITIES = 64 };

#define HAS(flag) ((options->flags & LIBSPAWN_##flag) != 0)

static struct op *add(struct plan_builder *builder, enum op_kind kind,
		      int32_t step)
{
	return libspawn__planner_add(builder, kind, step, -1);
}

static void add_number(struct plan_builder *builder, enum op_kind kind,
		       int32_t step, int32_t number)
{
	add(builder, kind, step)->number = number;
}

static void add_value(struct plan_builder *builder, enum op_kind kind,
		      int32_t step, uint64_t value)
{
	add(builder, kind, step)->value = value;
}

static void add_fd(struct plan_builder *builder, enum op_kind kind,
		   int32_t step, int32_t fd)
{
	add(builder, kind, step)->fd = fd;
}

static void add_data(struct plan_builder *builder, enum op_kind kind,
		     int32_t step, const void *data, uint64_t value)
{
	struct op *op = add(builder, kind, step);

	op->data = data;
	op->value = value;
}

/* ---- Steps, in their order --------------------------------------------- */

/* All but SIGKILL and SIGSTOP. */
#define ALL_SIGNALS ~(UINT64_C(1) << 8 | UINT64_C(1) << 18)

static void plan_creation(struct plan_builder *builder,
			  const struct libspawn_options *options)
{
	uint64_t reset = options->signal_default;

	if (HAS(PIDFD))
		add(builder, OP_PIDFD, LIBSPAWN_STEP_PIDFD);
	add(builder, OP_HANDLERS, LIBSPAWN_STEP_SIGNALS);
	if (HAS(DEFAULT_SIGNALS))
		reset |= ALL_SIGNALS & ~options->signal_ignore;
	if (reset)
		add_value(builder, OP_SIGNALS_DEFAULT, LIBSPAWN_STEP_SIGNALS,
			  reset);
	if (options->signal_ignore)
		add_value(builder, OP_SIGNALS_IGNORE, LIBSPAWN_STEP_SIGNALS,
			  options->signal_ignore);
}

/* The caller's terminal, or the child's side of the table's new one. */
static int32_t terminal_fd(const struct request *request)
{
	const struct libspawn_options *options = &request->options;
	uint32_t n;

	if (HAS(TERMINAL_FD))
		return options->terminal_fd;
	for (n = 0; n < options->fd_count; n++)
		if (options->fds[n].kind == LIBSPAWN_FD_PTY)
			break;
	return request->made_fds[n];
}

static void plan_session(struct plan_builder *builder,
			 const struct libspawn_options *options)
{
	struct op *op;

	if (HAS(NEW_SESSION))
		add(builder, OP_SESSION, LIBSPAWN_STEP_SESSION);
	if (HAS(PROCESS_GROUP))
		add_number(builder, OP_PROCESS_GROUP,
			   LIBSPAWN_STEP_PROCESS_GROUP, options->process_group);
	if (HAS(CONTROLLING_TERMINAL)) {
		op = add(builder, OP_TERMINAL, LIBSPAWN_STEP_TERMINAL);
		op->fd = terminal_fd(builder->request);
		op->value = TIOCSCTTY;
	}
	if (HAS(FOREGROUND)) {
		op = add(builder, OP_FOREGROUND, LIBSPAWN_STEP_FOREGROUND);
		op->fd = terminal_fd(builder->request);
		op->value = TIOCSPGRP;
	}
	if (HAS(CGROUP_FD))
		add_fd(builder, OP_CGROUP, LIBSPAWN_STEP_CGROUP,
		       options->cgroup_fd);
}

/* The kernel reads words of its own size; bit n of the whole is processor n. */
static void plan_affinity(struct plan_builder *builder,
			  const struct libspawn_options *options)
{
	const uint32_t width = 8 * sizeof(unsigned long);
	size_t bytes = LIBSPAWN_CPUS_MAX / 8;
	unsigned long *bits = arena_take(builder->arena, bytes);
	uint32_t n;

	memset(bits, 0, bytes);
	for (n = 0; n < options->cpu_count; n++)
		bits[options->cpus[n] / width] |= 1UL
						  << options->cpus[n] % width;
	add_data(builder, OP_AFFINITY, LIBSPAWN_STEP_AFFINITY, bits, bytes);
}

/* nice after the scheduler, which would overwrite it. */
static void plan_scheduling(struct plan_builder *builder,
			    const struct libspawn_options *options)
{
	struct op *op;

	if (HAS(SCHEDULER)) {
		op = add(builder, OP_SCHEDULER, LIBSPAWN_STEP_SCHEDULER);
		op->number = options->sched_policy;
		op->value = (uint64_t)options->sched_priority;
	}
	if (HAS(NICE))
		add_number(builder, OP_NICE, LIBSPAWN_STEP_NICE, options->nice);
	if (options->cpu_count)
		plan_affinity(builder, options);
	if (HAS(IO_PRIORITY))
		add_number(builder, OP_IO_PRIORITY, LIBSPAWN_STEP_IO_PRIORITY,
			   (int32_t)options->io_priority);
	if (HAS(TIMER_SLACK))
		add_value(builder, OP_TIMER_SLACK, LIBSPAWN_STEP_TIMER_SLACK,
			  options->timer_slack);
}

static void plan_rlimit(struct plan_builder *builder,
			const struct libspawn_rlimit *limit, uint32_t index)
{
	struct op_rlimit *wanted = arena_take(builder->arena, sizeof *wanted);
	struct op *op = libspawn__planner_add(
	    builder, OP_RLIMIT, LIBSPAWN_STEP_RLIMIT, (int32_t)index);

	wanted->limit[0] = limit->soft;
	wanted->limit[1] = limit->hard;
	wanted->keep[0] = limit->flags & LIBSPAWN_RLIMIT_KEEP_SOFT;
	wanted->keep[1] = limit->flags & LIBSPAWN_RLIMIT_KEEP_HARD;
	op->number = limit->resource;
	op->data = wanted;
}

static void plan_limits(struct plan_builder *builder,
			const struct libspawn_options *options)
{
	enum { LONGEST = sizeof "-1000" };
	uint32_t n;
	char *text;

	for (n = 0; n < options->rlimit_count; n++)
		plan_rlimit(builder, &options->rlimits[n], n);
	if (HAS(UMASK))
		add_number(builder, OP_UMASK, LIBSPAWN_STEP_UMASK,
			   (int32_t)options->umask);
	if (HAS(OOM_SCORE_ADJ)) {
		text = arena_take(builder->arena, LONGEST);
		snprintf(text, LONGEST, "%d", (int)options->oom_score_adj);
		add_data(builder, OP_OOM_SCORE_ADJ, LIBSPAWN_STEP_OOM_SCORE_ADJ,
			 text, strlen(text));
	}
}

static void plan_namespaces(struct plan_builder *builder,
			    const struct libspawn_options *options)
{
	uint32_t n;

	for (n = 0; n < options->namespace_count; n++)
		libspawn__planner_add(builder, OP_NAMESPACE,
				      LIBSPAWN_STEP_NAMESPACE, (int32_t)n)
		    ->fd = options->namespaces[n];
	if (options->unshare)
		add_value(builder, OP_UNSHARE, LIBSPAWN_STEP_UNSHARE,
			  options->unshare);
}

static void plan_each_cap(struct plan_builder *builder, enum op_kind kind,
			  int32_t step, uint64_t set)
{
	int32_t n;

	for (n = 0; n < CAPABILITIES; n++)
		if (set >> n & 1)
			libspawn__planner_add(builder, kind, step, n)->number =
			    n;
}

/* What a change of uid would take away, kept until it is handed on. */
static int keeps_caps(const struct libspawn_options *options)
{
	return HAS(UID) && options->uid != 0 &&
	       (HAS(AMBIENT_CAPS) || HAS(SECUREBITS));
}

/* groups, gid, uid: after each the next one would be refused. */
static void plan_identity(struct plan_builder *builder,
			  const struct libspawn_options *options)
{
	if (HAS(GROUPS))
		add_data(builder, OP_GROUPS, LIBSPAWN_STEP_GROUPS,
			 options->groups, options->group_count);
	if (HAS(GID))
		add_number(builder, OP_GID, LIBSPAWN_STEP_GID,
			   (int32_t)options->gid);
	if (HAS(BOUNDING_CAPS))
		plan_each_cap(builder, OP_BOUNDING_DROP,
			      LIBSPAWN_STEP_BOUNDING_CAPS,
			      ~options->bounding_caps);
	if (options->root)
		add_data(builder, OP_CHROOT, LIBSPAWN_STEP_CHROOT,
			 options->root, 0);
	if (keeps_caps(options))
		add(builder, OP_KEEP_CAPS, LIBSPAWN_STEP_UID);
	if (HAS(UID))
		add_number(builder, OP_UID, LIBSPAWN_STEP_UID,
			   (int32_t)options->uid);
}

/* Last: a new user keeps of the old one's capabilities only the ambient. */
static void plan_capabilities(struct plan_builder *builder,
			      const struct libspawn_options *options)
{
	const int32_t step = HAS(AMBIENT_CAPS) ? LIBSPAWN_STEP_AMBIENT_CAPS
					       : LIBSPAWN_STEP_SECUREBITS;

	if (keeps_caps(options))
		add(builder, OP_CAPS_RAISE, step);
	if (HAS(AMBIENT_CAPS)) {
		add(builder, OP_AMBIENT_CLEAR, step);
		add_value(builder, OP_CAPS_INHERIT, step,
			  options->ambient_caps);
		plan_each_cap(builder, OP_AMBIENT_RAISE, step,
			      options->ambient_caps);
	}
	if (HAS(SECUREBITS))
		add_value(builder, OP_SECUREBITS, LIBSPAWN_STEP_SECUREBITS,
			  options->securebits);
	if (keeps_caps(options))
		add_value(builder, OP_CAPS_LIMIT, step, options->ambient_caps);
}

static void plan_directory(struct plan_builder *builder,
			   const struct libspawn_options *options)
{
	/* A change of identity clears the parent-death signal. */
	if (options->parent_death_signal) {
		struct op *op =
		    add(builder, OP_PARENT_DEATH, LIBSPAWN_STEP_PARENT_DEATH);

		op->number = options->parent_death_signal;
		op->value = (uint64_t)getpid();
	}
	if (options->cwd)
		add_data(builder, OP_CHDIR, LIBSPAWN_STEP_CWD, options->cwd, 0);
	else if (HAS(CWD_FD))
		add_fd(builder, OP_FCHDIR, LIBSPAWN_STEP_CWD, options->cwd_fd);
	else if (options->root)
		add_data(builder, OP_CHDIR, LIBSPAWN_STEP_CHROOT, "/", 0);
}

static void plan_containment(struct plan_builder *builder,
			     const struct libspawn_options *options)
{
	struct op_filter *filter;
	struct op *mask;

	if (HAS(NO_NEW_PRIVS))
		add(builder, OP_NO_NEW_PRIVS, LIBSPAWN_STEP_NO_NEW_PRIVS);
	if (HAS(LANDLOCK_FD))
		add_fd(builder, OP_LANDLOCK, LIBSPAWN_STEP_LANDLOCK,
		       options->landlock_fd);
	if (options->seccomp_count) {
		filter = arena_take(builder->arena, sizeof *filter);
		filter->count = (uint16_t)options->seccomp_count;
		filter->instructions = options->seccomp;
		add_data(builder, OP_SECCOMP, LIBSPAWN_STEP_SECCOMP, filter, 0);
	}
	mask = add(builder, OP_MASK, LIBSPAWN_STEP_SIGNAL_MASK);
	mask->value = options->signal_mask;
	mask->number = !HAS(SIGNAL_MASK);
}

/* One operation for each place to look; all but the last go on to the next. */
static void plan_exec(struct plan_builder *builder,
		      const struct libspawn_options *options, const char *list)
{
	const char *program = builder->request->program;
	int32_t n = 0;

	if (HAS(PROGRAM_FD))
		add_fd(builder, OP_EXEC_FD, LIBSPAWN_STEP_EXEC,
		       options->program_fd);
	else if (!list)
		add_data(builder, OP_EXEC, LIBSPAWN_STEP_EXEC, program, 0);
	while (list) {
		struct op *op = libspawn__planner_add(builder, OP_EXEC,
						      LIBSPAWN_STEP_EXEC, n++);

		op->data = libspawn__path_next(&list, program, builder->arena);
		op->number = list != NULL;
	}
}

/* ---- All of them, in their order --------------------------------------- */

int libspawn__steps_plan(struct plan_builder *builder, const char *search_list)
{
	const struct libspawn_options *options = &builder->request->options;
	int code;

	plan_creation(builder, options);
	plan_session(builder, options);
	plan_scheduling(builder, options);
	plan_limits(builder, options);
	plan_namespaces(builder, options);
	code = libspawn__table_plan(builder);
	if (code < 0)
		return code;
	plan_identity(builder, options);
	plan_capabilities(builder, options);
	plan_directory(builder, options);
	plan_containment(builder, options);
	plan_exec(builder, options, search_list);
	return 0;
}
