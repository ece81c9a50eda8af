/* SPDX-License-Identifier: MIT */
/* The start that waits for exec, and the question whether there would be. */
#define _GNU_SOURCE
#include <errno.h>

#include "child/every_start.h"
#include "start/story.h"
#include "start/timed.h"
#include "start/waiting.h"

/* ---- A start ----------------------------------------------------------- */

/* What only a start that is begun by itself can have. */
static int check_waits(struct start *start)
{
	if (start->request.options.flags & (LIBSPAWN_HOLD | LIBSPAWN_POLL_FD))
		return libspawn__refuse(&start->failure, LIBSPAWN_STEP_BEGIN,
					-1, EINVAL);
	return 0;
}

EVERY_START int libspawn_start(struct libspawn_process *process,
			       const char *program, char *const argv[],
			       const struct libspawn_options *options,
			       struct libspawn_error *error)
{
	struct start start;
	int code = libspawn__story_read(&start, program, argv, options);

	if (code == 0 && !process)
		code = libspawn__refuse(&start.failure, LIBSPAWN_STEP_ARGUMENTS,
					-1, EINVAL);
	if (code == 0)
		code = check_waits(&start);
	if (code == 0)
		code = start.request.options.start_timeout_ms ||
				       start.request.is_held
			       ? libspawn__timed_start(&start)
			       : libspawn__waiting_start(&start);
	if (code == 0)
		*process = start.process;
	else
		libspawn__story_tell(&start, code, error);
	return -code;
}

/* ---- A question -------------------------------------------------------- */

/* Descriptors that a question needs no more than as numbers. */
static void pretend_ends(struct start *start)
{
	uint32_t count = start->request.options.fd_count;
	int32_t *fds = arena_take(&start->block.arena, count * sizeof *fds);

	start->request.made_fds = fds;
	while (count > 0)
		fds[--count] = INT32_MAX;
}

/* Creates no process and opens nothing. */
static int ask(struct start *start)
{
	pretend_ends(start);
	libspawn__story_plan(start);
	libspawn__ladder_ask(start->request.options.backend,
			     story_may_fork(start), start->block.launch->plan,
			     &start->outcome);
	return libspawn__story_judge(start);
}

int libspawn_query(uint32_t backend, const struct libspawn_options *options,
		   struct libspawn_error *error)
{
	char name[] = "query";
	char *const argv[] = { name, NULL };
	struct start start;
	int code = libspawn__story_read(&start, "/", argv, options);

	if (code == 0 && backend > LIBSPAWN_BACKEND_FORK)
		code = libspawn__refuse(&start.failure, LIBSPAWN_STEP_BACKEND,
					-1, EINVAL);
	if (code == 0 && backend != LIBSPAWN_BACKEND_ANY)
		libspawn__story_name_backend(&start.request.options, backend);
	if (code == 0)
		code = libspawn__waiting_act(&start, ask);
	if (code < 0)
		libspawn__story_tell(&start, code, error);
	return code < 0 ? code : (int)start.outcome.backend;
}
