/* SPDX-License-Identifier: MIT */
/*
 * The chapters of a start: read the options, measure, open what is new, plan,
 * judge what the backend made of it, tell the caller.
 */
#define _GNU_SOURCE
#include "start/story.h"

#include <errno.h>
#include <string.h>

#include "child/every_start.h"
#include "plan/maps.h"
#include "plan/rows.h"
#include "request/caller.h"
#include "request/options.h"
#include "request/override.h"

/* ---- Asking ------------------------------------------------------------ */

void libspawn__story_name_backend(struct libspawn_options *options,
				  uint32_t backend)
{
	options->backend = backend;
	if (backend == LIBSPAWN_BACKEND_FORK)
		options->flags |= LIBSPAWN_ALLOW_FORK;
}

EVERY_START int libspawn__story_read(struct start *start, const char *program,
				     char *const argv[],
				     const struct libspawn_options *options)
{
	struct request *request = &start->request;
	int code;

	memset(start, 0, sizeof *start);
	start->failure.index = -1;
	start->failure.step = LIBSPAWN_STEP_ARGUMENTS;
	if (!program || !argv || !argv[0])
		return -EINVAL;
	request->program = program;
	request->argv = argv;
	request->caller_env = libspawn__caller_environ();
	code = libspawn__request_read(request, options, &start->failure);
	if (code < 0)
		return code;
	request->is_held =
		!request->is_bare && !libspawn__maps_are_own(&request->options);
	libspawn__story_name_backend(&request->options,
				     request->options.backend);
	return libspawn__override_read(&request->options.backend,
				       &start->failure);
}

/* ---- Planning ---------------------------------------------------------- */

static int allocate(struct start *start, size_t beside)
{
	size_t bytes = start->room.bytes + beside;

	if (!start->request.is_bare)
		bytes += libspawn__ends_bytes(&start->request.options);
	if (libspawn__block_take(&start->block, start->room.argc, bytes) == 0)
		return 0;
	return libspawn__refuse(&start->failure, LIBSPAWN_STEP_MEMORY, -1,
				ENOMEM);
}

EVERY_START int libspawn__story_make_room(struct start *start, size_t beside)
{
	int code = libspawn__planner_measure(&start->request, &start->room,
					     &start->failure);

	if (code == 0)
		code = allocate(start, beside);
	if (code == 0 && !start->request.is_bare)
		code = libspawn__rows_sort(&start->request, &start->block.arena,
					   &start->failure);
	return code;
}

EVERY_START void libspawn__story_plan(struct start *start)
{
	start->block.launch->plan = libspawn__planner_build(
		&start->request, &start->room, &start->block.arena);
}

/* Everything is open before the plan is built: it has the numbers in it. */
EVERY_START int libspawn__story_open_and_plan(struct start *start)
{
	int code = libspawn__ends_open(&start->ends, &start->request,
				       &start->block.arena, &start->failure);

	if (code == 0)
		libspawn__story_plan(start);
	return code;
}

/* ---- Telling ----------------------------------------------------------- */

/* The step an outcome without an operation stands for. */
static int32_t step_of(const struct outcome *outcome)
{
	switch (outcome->kind) {
	case OUTCOME_NO_REPORT: return LIBSPAWN_STEP_REPORT;
	case OUTCOME_NOT_QUIET: return LIBSPAWN_STEP_SIGNAL_MASK;
	case OUTCOME_NOT_CREATED: return LIBSPAWN_STEP_CREATE;
	case OUTCOME_DIED: return LIBSPAWN_STEP_DIED;
	case OUTCOME_FAILED: return LIBSPAWN_STEP_POSIX_SPAWN;
	default: return LIBSPAWN_STEP_BACKEND;
	}
}

EVERY_START int libspawn__story_judge(struct start *start)
{
	const struct outcome *outcome = &start->outcome;
	const struct op *op;

	if (outcome->kind == OUTCOME_STARTED)
		return 0;
	if (outcome->op < 0)
		return libspawn__refuse(&start->failure, step_of(outcome), -1,
					outcome->code);
	op = &start->block.launch->plan->ops[outcome->op];
	return libspawn__refuse(&start->failure, op->step, op->index,
				outcome->code);
}

void libspawn__story_tell(const struct start *start, int code,
			  struct libspawn_error *error)
{
	if (!error)
		return;
	failure_tell(&start->failure, code, error);
	error->signal = start->outcome.signal;
	error->backend = start->outcome.backend;
}

EVERY_START void libspawn__story_note(struct start *start)
{
	const struct launch *launch = start->block.launch;
	struct libspawn_process *process = &start->process;

	process->pid = start->outcome.pid;
	process->pidfd = launch->pidfd;
	process->backend = start->outcome.backend;
	process->retries = launch->report.retries;
	process->fallbacks = launch->report.fallbacks;
	if (start->request.options.flags & LIBSPAWN_INTERRUPTIBLE)
		process->flags |= LIBSPAWN_PROCESS_INTERRUPTIBLE;
	if (launch->table == TABLE_CUT)
		process->flags |= LIBSPAWN_PROCESS_SHARED_TABLE;
}
