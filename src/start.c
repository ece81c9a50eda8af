/* SPDX-License-Identifier: MIT */
/*
 * The story of a start: read the options, open what is new, plan, let a backend
 * create the process, tell the caller. The sign of an errno flips here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include <libspawn.h>

#include "backend/backend.h"
#include "calm.h"
#include "ends/ends.h"
#include "plan/block.h"
#include "plan/environment.h"
#include "plan/planner.h"
#include "plan/rows.h"
#include "request/caller.h"
#include "request/options.h"
#include "request/override.h"
#include "request/request.h"

/* One call, from its arguments to its result. */
struct start {
	struct request request;
	struct failure failure;
	struct outcome outcome;
	struct ends ends;
	struct plan_room room;
	struct block block;
	struct libspawn_process process;
};

/* ---- Asking ------------------------------------------------------------ */

/* To name the fork backend is to allow it; the override can't allow it. */
static void name_backend(struct libspawn_options *options, uint32_t backend)
{
	options->backend = backend;
	if (backend == LIBSPAWN_BACKEND_FORK)
		options->flags |= LIBSPAWN_ALLOW_FORK;
}

static int may_fork(const struct libspawn_options *options)
{
	return (options->flags & LIBSPAWN_ALLOW_FORK) != 0;
}

static int read_request(struct start *start, const char *program,
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
	code = libspawn__options_read(&request->options, options,
				      &start->failure);
	if (code < 0)
		return code;
	name_backend(&request->options, request->options.backend);
	return libspawn__override_read(&request->options.backend,
				       &start->failure);
}

/* ---- Planning ---------------------------------------------------------- */

static int allocate(struct start *start)
{
	size_t bytes = libspawn__ends_bytes(&start->request.options) +
		       start->room.bytes;

	if (libspawn__block_take(&start->block, start->room.argc, bytes) == 0)
		return 0;
	return libspawn__refuse(&start->failure, LIBSPAWN_STEP_MEMORY, -1,
				ENOMEM);
}

static void build_plan(struct start *start)
{
	start->block.launch->plan = libspawn__planner_build(
		&start->request, &start->room, &start->block.arena);
}

/* Descriptors that a question needs no more than as numbers. */
static void pretend_ends(struct start *start)
{
	uint32_t count = start->request.options.fd_count;
	int32_t *fds = arena_take(&start->block.arena, count * sizeof *fds);

	start->request.made_fds = fds;
	while (count > 0)
		fds[--count] = INT32_MAX;
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

/* A failed operation tells its step and index: the child only its number. */
static int judge_outcome(struct start *start)
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

static void tell_failure(const struct start *start, int code,
			 struct libspawn_error *error)
{
	if (!error)
		return;
	memset(error, 0, sizeof *error);
	error->code = -code;
	error->step = start->failure.step;
	error->index = start->failure.index;
	error->signal = start->outcome.signal;
	error->backend = start->outcome.backend;
}

static void note_success(struct start *start)
{
	const struct launch *launch = start->block.launch;
	struct libspawn_process *process = &start->process;

	process->pid = start->outcome.pid;
	process->pidfd = launch->pidfd;
	process->backend = start->outcome.backend;
	process->retries = launch->report.retries;
	process->fallbacks = launch->report.fallbacks;
}

/* ---- The calls --------------------------------------------------------- */

/* Everything is open before the plan is built: it has the numbers in it. */
static int run(struct start *start)
{
	struct request *request = &start->request;
	int code = libspawn__ends_open(&start->ends, request,
				       &start->block.arena, &start->failure);

	if (code < 0)
		return code;
	build_plan(start);
	libspawn__ladder_start(request->options.backend,
			       may_fork(&request->options), start->block.launch,
			       &start->outcome);
	code = judge_outcome(start);
	if (code < 0) {
		libspawn__ends_close(&start->ends);
		return code;
	}
	libspawn__ends_deliver(&start->ends, request);
	note_success(start);
	return 0;
}

/* Creates no process and opens nothing. */
static int ask(struct start *start)
{
	const struct libspawn_options *options = &start->request.options;

	pretend_ends(start);
	build_plan(start);
	libspawn__ladder_ask(options->backend, may_fork(options),
			     start->block.launch->plan, &start->outcome);
	return judge_outcome(start);
}

/*
 * Does it in memory of its own, with cancellation off: it would leave behind
 * what a start has opened. Hazard 6.
 */
static int with_memory(struct start *start, int (*act)(struct start *))
{
	struct calm calm;
	int code;

	calm_begin(&calm);
	code = libspawn__planner_measure(&start->request, &start->room,
					 &start->failure);
	if (code == 0)
		code = allocate(start);
	if (code == 0)
		code = libspawn__rows_sort(&start->request, &start->block.arena,
					   &start->failure);
	if (code == 0)
		code = act(start);
	libspawn__block_free(&start->block);
	calm_end(&calm);
	return code;
}

int libspawn_start(struct libspawn_process *process, const char *program,
		   char *const argv[], const struct libspawn_options *options,
		   struct libspawn_error *error)
{
	struct start start;
	int code = read_request(&start, program, argv, options);

	if (code == 0 && !process)
		code = libspawn__refuse(&start.failure, LIBSPAWN_STEP_ARGUMENTS,
					-1, EINVAL);
	if (code == 0)
		code = with_memory(&start, run);
	if (code == 0)
		*process = start.process;
	else
		tell_failure(&start, code, error);
	return -code;
}

int libspawn_query(uint32_t backend, const struct libspawn_options *options,
		   struct libspawn_error *error)
{
	char name[] = "query";
	char *const argv[] = { name, NULL };
	struct start start;
	int code = read_request(&start, "/", argv, options);

	if (code == 0 && backend > LIBSPAWN_BACKEND_FORK)
		code = libspawn__refuse(&start.failure, LIBSPAWN_STEP_BACKEND,
					-1, EINVAL);
	if (code == 0 && backend != LIBSPAWN_BACKEND_ANY)
		name_backend(&start.request.options, backend);
	if (code == 0)
		code = with_memory(&start, ask);
	if (code < 0)
		tell_failure(&start, code, error);
	return code < 0 ? code : (int)start.outcome.backend;
}
