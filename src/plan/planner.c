/* SPDX-License-Identifier: MIT */
/*
 * Compiles a request into a plan: measures what it takes, then fills it in. The
 * steps themselves and their order are in steps.c.
 */
#define _GNU_SOURCE
#include "plan/planner.h"

#include <string.h>

#include "child/every_start.h"
#include "plan/confinement.h"
#include "plan/environment.h"
#include "plan/identity.h"
#include "plan/maps.h"
#include "plan/mounts.h"
#include "plan/path.h"
#include "plan/rows.h"
#include "plan/scheduling.h"
#include "plan/steps.h"
#include "plan/table.h"
#include "request/rights.h"
#include "request/strings.h"

/* As many as a set may have members; other lists have a length. */
enum { CAPABILITIES = 64 };

/* What is in no list: each kind and each setting once, and these again. */
enum {
	DIE_TOGETHER_AGAIN = 3, /* at the root, at the cwd, at its end */
	ID_MAP_AGAIN = 2,
	CHDIR_AGAIN = 1,	/* to the root, then to the cwd */
	CAPS_INHERIT_AGAIN = 1, /* for the ambient ones */
	SPECULATION_AGAIN = 2,
	SINGLE_OPS = OP_COUNT + SET_COUNT + DIE_TOGETHER_AGAIN + ID_MAP_AGAIN +
		     CHDIR_AGAIN + CAPS_INHERIT_AGAIN + SPECULATION_AGAIN,
};

/* All that a bare plan may have. */
enum { BARE_OPS = 8 };

static uint32_t plan_flags(const struct libspawn_options *options)
{
	uint32_t flags = 0;

	if (changes_credentials(options))
		flags |= PLAN_CHANGES_IDS;
	if ((HAS(UID) || HAS(GID)) && !HAS(INIT) && !HAS(DETACH))
		flags |= PLAN_LOCKS;
	if (HAS(UID) && libspawn__rights_may_be_another(options))
		flags |= PLAN_NEW_USER;
	if (HAS(SHELL_FALLBACK))
		flags |= PLAN_SHELL_FALLBACK;
	if (HAS(DEATH_IS_START))
		flags |= PLAN_DEATH_IS_START;
	if (HAS(MAY_WAIT))
		flags |= PLAN_MAY_WAIT;
	if (HAS(POLL_FD))
		flags |= PLAN_POLLED;
	if (HAS(SEARCH_ON))
		flags |= PLAN_SEARCH_ON;
	return flags;
}

/* Everything that steps.c and table.c take more of the arena, but the paths. */
static size_t asked_bytes(const struct libspawn_options *options)
{
	const size_t rlimit_bytes = arena_round(sizeof(struct op_rlimit));
	const size_t filter_bytes = arena_round(sizeof(struct op_filter));

	return libspawn__rows_bytes(options) + libspawn__table_bytes(options) +
	       options->rlimit_count * rlimit_bytes +
	       (options->filter_count + 1) * filter_bytes +
	       libspawn__scheduling_bytes(options) +
	       libspawn__confinement_bytes(options) +
	       libspawn__maps_bytes(options) + libspawn__mounts_bytes(options) +
	       arena_round(sizeof "-1000");
}

/* What every plan takes of the arena. */
static size_t plan_bytes(const struct libspawn_options *options,
			 const struct plan_room *room)
{
	return arena_round(sizeof(struct plan)) +
	       arena_round(room->ops * sizeof(struct op)) +
	       libspawn__environment_bytes(options, room->variables);
}

/* The list to search is found once and kept in room: see there. */
IF_ASKED static int measure_asked(const struct request *request,
				  struct plan_room *room,
				  struct failure *failure)
{
	const struct libspawn_options *options = &request->options;
	struct path_room path;
	int code = libspawn__environment_check(request, failure);

	if (code == 0)
		code = libspawn__table_check(options, failure);
	if (code < 0)
		return code;
	room->search_list = libspawn__path_list(request);
	code = libspawn__path_check(room->search_list, request->program);
	if (code < 0)
		return libspawn__refuse(failure, LIBSPAWN_STEP_EXEC, -1, -code);
	path = libspawn__path_room(room->search_list, request->program);
	room->ops = SINGLE_OPS + 2 * libspawn__row_count(options) +
		    options->rlimit_count + options->namespace_count +
		    options->filter_count + libspawn__mounts_ops(options) +
		    path.count + libspawn__strings_count(options->search_paths);
	if (HAS(AMBIENT_CAPS))
		room->ops += CAPABILITIES;
	if (HAS(BOUNDING_CAPS))
		room->ops += CAPABILITIES;
	room->bytes =
		plan_bytes(options, room) + asked_bytes(options) + path.bytes;
	return 0;
}

EVERY_START int libspawn__planner_measure(const struct request *request,
					  struct plan_room *room,
					  struct failure *failure)
{
	int code = libspawn__strings_check(request->argv,
					   LIBSPAWN_STEP_ARGUMENTS, failure);

	if (code < 0)
		return code;
	room->search_list = NULL;
	room->argc = libspawn__strings_count(request->argv);
	room->variables = libspawn__environment_room(request);
	room->ops = BARE_OPS;
	room->bytes = plan_bytes(&request->options, room);
	return request->is_bare ? 0 : measure_asked(request, room, failure);
}

/* The plan points to the arena and to what the caller has lent. */
EVERY_START const struct plan *
libspawn__planner_build(const struct request *request,
			const struct plan_room *room, struct arena *arena)
{
	const struct libspawn_options *options = &request->options;
	struct plan_builder builder = { request, NULL, NULL, arena };

	builder.plan = arena_take(arena, sizeof *builder.plan);
	memset(builder.plan, 0, sizeof *builder.plan);
	builder.plan->argv = request->argv;
	builder.plan->argc = room->argc;
	builder.plan->pid_variable = libspawn__environment_pid(options, arena);
	builder.plan->env = libspawn__environment_build(
		request, room->variables, builder.plan->pid_variable, arena);
	builder.ops = arena_take(arena, room->ops * sizeof *builder.ops);
	builder.plan->ops = builder.ops;
	builder.plan->flags = plan_flags(options);
	builder.plan->busy_retry =
		HAS(BUSY_RETRY) ? options->busy_retry : BUSY_RETRY_DEFAULT;
	libspawn__steps_plan(&builder, room->search_list);
	return builder.plan;
}
