/* SPDX-License-Identifier: MIT */
/* The calls of starts that do not wait. */
#define _GNU_SOURCE
#include <errno.h>

#include "calm.h"
#include "child/every_start.h"
#include "deadline.h"
#include "start/pending.h"
#include "start/timed.h"

/* A field for a start that waits has no meaning in one that does not. */
static int check_begin(struct start *start)
{
	if (start->request.options.start_timeout_ms)
		return libspawn__refuse(&start->failure, LIBSPAWN_STEP_BEGIN,
					-1, EINVAL);
	return 0;
}

EVERY_START int libspawn_begin(struct libspawn_pending **pending,
			       const char *program, char *const argv[],
			       const struct libspawn_options *options,
			       struct libspawn_error *error)
{
	struct start read;
	int code = libspawn__story_read(&read, program, argv, options);

	if (code == 0 && !pending)
		code = libspawn__refuse(&read.failure, LIBSPAWN_STEP_ARGUMENTS,
					-1, EINVAL);
	if (code == 0)
		code = check_begin(&read);
	read.request.may_not_wait = 1;
	if (code == 0)
		code = libspawn__pending_begin_at_large(&read, pending);
	if (code < 0)
		libspawn__story_tell(&read, code, error);
	return -code;
}

/*
 * The process or the reason why there is none. ETIMEDOUT, which the system may
 * say of a step too, is left to a start that has not ended.
 */
EVERY_START static int hand_over(struct libspawn_pending *pending,
				 struct libspawn_process *process,
				 struct libspawn_error *error)
{
	int code = libspawn__story_judge(&pending->start);

	if (code == -ETIMEDOUT)
		code = -EIO;
	if (code == 0)
		*process = pending->start.process;
	else
		libspawn__story_tell(&pending->start, code, error);
	return code;
}

IF_ASKED static int refuse_arguments(struct libspawn_error *error)
{
	struct start none = { 0 };
	int code = libspawn__refuse(&none.failure, LIBSPAWN_STEP_ARGUMENTS, -1,
				    EINVAL);

	libspawn__story_tell(&none, code, error);
	return -code;
}

EVERY_START int libspawn_finish(struct libspawn_pending *pending,
				int64_t timeout_ms,
				struct libspawn_process *process,
				struct libspawn_error *error)
{
	struct calm calm;
	int code;

	if (!pending || !process)
		return refuse_arguments(error);
	calm_begin(&calm);
	code = libspawn__pending_settle(pending,
					libspawn__deadline_after(timeout_ms));
	if (code < 0) {
		libspawn__story_tell(&pending->start,
				     libspawn__timed_refuse(pending), error);
	} else {
		code = hand_over(pending, process, error);
		libspawn__pending_release_memory(pending);
	}
	libspawn__pending_sweep();
	calm_end(&calm);
	return -code;
}

int libspawn_cancel(struct libspawn_pending *pending)
{
	struct calm calm;
	int code;

	if (!pending)
		return EINVAL;
	calm_begin(&calm);
	code = libspawn__pending_give_up(pending);
	libspawn__pending_sweep();
	calm_end(&calm);
	return -code;
}

int libspawn_release(struct libspawn_pending *pending)
{
	if (!pending)
		return EINVAL;
	libspawn__create_release(&pending->creation);
	return 0;
}

int libspawn_pending_pid(const struct libspawn_pending *pending)
{
	return pending ? (int)pending->creation.pid : -1;
}

int libspawn_pending_fd(const struct libspawn_pending *pending)
{
	/* Without it there may be one, for the library alone. */
	if (!pending ||
	    !(pending->start.request.options.flags & LIBSPAWN_POLL_FD))
		return -1;
	return pending->creation.pipe.read_fd;
}
