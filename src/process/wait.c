/* SPDX-License-Identifier: MIT */
/*
 * Waiting for one process. Looks at the one child and leaves it to be reaped,
 * sleeps, looks again; only then is it reaped, by the one thread that may.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include <libspawn.h>

#include "calm.h"
#include "deadline.h"
#include "process/end.h"
#include "process/process.h"

/*
 * A wait without end is one system call, which the kernel goes on with after a
 * signal. Otherwise the last look comes after the deadline, so that no end
 * before it is missed.
 */
int libspawn__wait_until(struct libspawn_process *process, int64_t deadline,
			 struct libspawn_status *status)
{
	struct watch watch = {
		.processes = &process,
		.count = 1,
		.deadline = deadline,
		.interruptible = libspawn__end_is_interruptible(process),
	};
	int found;
	int code;

	for (;;) {
		/* By another thread: the number may be another's by now. */
		if (libspawn__end_is_known(process))
			return -ECHILD;
		found = libspawn__process_look(process,
					       deadline == DEADLINE_NEVER &&
						       !watch.interruptible,
					       status);
		if (found == -ECHILD)
			return libspawn__process_recall(process, deadline,
							status);
		if (found != 0 || libspawn__deadline_left(deadline) == 0)
			return found;
		code = libspawn__watch(&watch);
		if (code < 0)
			return code;
	}
}

/* Told as lost, it may be known by now. */
static int wait_calmly(struct libspawn_process *process, int64_t timeout_ms,
		       struct libspawn_status *status)
{
	int64_t deadline = libspawn__deadline_after(timeout_ms);
	int found;

	memset(status, 0, sizeof *status);
	if (libspawn__end_is_told(process))
		found = libspawn__end_is_known(process)
				? -ECHILD
				: libspawn__process_recall(process, deadline,
							   status);
	else
		found = libspawn__wait_until(process, deadline, status);
	if (found == 0)
		return -ETIMEDOUT;
	if (found < 0 && found != -ECHILD)
		return found;
	libspawn__end_settle(process, found, status);
	return status->end == LIBSPAWN_END_LOST ? -ECHILD : 0;
}

int libspawn_wait(struct libspawn_process *process, int64_t timeout_ms,
		  struct libspawn_status *status)
{
	struct libspawn_status unwanted;
	struct calm calm;
	int code;

	if (!libspawn__end_is_sound(process))
		return EINVAL;
	calm_begin(&calm);
	code = wait_calmly(process, timeout_ms, status ? status : &unwanted);
	calm_end(&calm);
	return -code;
}
