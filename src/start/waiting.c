/* SPDX-License-Identifier: MIT */
/* The start that waits for exec, and returns when all is told. */
#define _GNU_SOURCE
#include "start/waiting.h"

#include "calm.h"
#include "child/every_start.h"

EVERY_START static int start_and_wait(struct start *start)
{
	int code = libspawn__story_open_and_plan(start);

	if (code < 0)
		return code;
	libspawn__ladder_start(start->request.options.backend,
			       story_may_fork(start), start->block.launch,
			       &start->outcome);
	code = libspawn__story_judge(start);
	if (code < 0) {
		libspawn__ends_close(&start->ends);
		return code;
	}
	libspawn__ends_deliver(&start->ends, &start->request);
	libspawn__story_note(start);
	return 0;
}

/*
 * Does it in memory of its own, with cancellation off: it would leave behind
 * what a start has opened. Hazard 6.
 */
EVERY_START int libspawn__waiting_act(struct start *start,
				      int (*act)(struct start *start))
{
	struct calm calm;
	int code;

	calm_begin(&calm);
	code = libspawn__story_make_room(start, 0);
	if (code == 0)
		code = act(start);
	libspawn__block_free(&start->block);
	calm_end(&calm);
	return code;
}

EVERY_START int libspawn__waiting_start(struct start *start)
{
	return libspawn__waiting_act(start, start_and_wait);
}
