/* SPDX-License-Identifier: MIT */
/* A start with a deadline: begun, awaited, and ended if it is late. */
#define _GNU_SOURCE
#include "start/timed.h"

#include <errno.h>

#include "calm.h"
#include "deadline.h"
#include "start/pending.h"

/* The step that is under way, where the child tells: memory is shared. */
int libspawn__timed_refuse(struct libspawn_pending *pending)
{
	struct start *start = &pending->start;
	const struct launch *launch = start->block.launch;
	uint32_t at = __atomic_load_n(&launch->at, __ATOMIC_RELAXED);
	const struct op *op = &launch->plan->ops[at];

	if (!pending->creation.backend->shares_memory)
		return libspawn__refuse(&start->failure, LIBSPAWN_STEP_BEGIN,
					-1, ETIMEDOUT);
	return libspawn__refuse(&start->failure, op->step, op->index,
				ETIMEDOUT);
}

/* What is late is ended; nobody can have delivered its ends. */
static int await_exec(struct libspawn_pending *pending, struct start *read)
{
	struct start *start = &pending->start;
	int code = libspawn__pending_settle(pending, pending->deadline);

	/* In time: the rest is the kernel's, and does not take for ever. */
	if (code < 0 && libspawn__create_is_leaving(&pending->creation))
		code = libspawn__pending_settle(pending, DEADLINE_NEVER);
	if (code == 0)
		code = libspawn__story_judge(start);
	else
		code = libspawn__timed_refuse(pending);
	if (code == 0)
		libspawn__ends_deliver(&start->ends, &start->request);
	else
		libspawn__ends_close(&start->ends);
	libspawn__pending_recount(pending, read);
	if (pending->is_settled)
		libspawn__pending_release_memory(pending);
	else if (libspawn__pending_give_up(pending) == -EPERM)
		libspawn__pending_leave(pending);
	return code;
}

int libspawn__timed_start(struct start *read)
{
	struct libspawn_pending *pending;
	struct calm calm;
	int code;

	calm_begin(&calm);
	code = libspawn__pending_begin(read, &pending);
	if (code == 0)
		code = await_exec(pending, read);
	calm_end(&calm);
	return code;
}
