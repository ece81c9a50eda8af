/* SPDX-License-Identifier: MIT */
/*
 * Sending a signal, and letting a process go. Async-signal-safe: it may well be
 * a handler that passes on what it was told. No lock, no allocation.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <unistd.h>

#include <libspawn.h>

#include "calm.h"
#include "process/end.h"
#include "process/process.h"

int libspawn_signal(struct libspawn_process *process, int32_t signal,
		    uint32_t flags)
{
	struct calm calm;
	int code;

	if (!libspawn__end_is_sound(process) || flags & ~LIBSPAWN_SIGNAL_GROUP)
		return EINVAL;
	calm_begin(&calm);
	code = libspawn__end_enter(process);
	if (code == 0) {
		code = libspawn__process_send(
			process, signal, (flags & LIBSPAWN_SIGNAL_GROUP) != 0);
		libspawn__end_leave(process);
	}
	calm_end(&calm);
	return -code;
}

void libspawn_close(struct libspawn_process *process)
{
	struct calm calm;

	if (!process || process->pidfd < 0)
		return;
	calm_begin(&calm);
	close(process->pidfd);
	process->pidfd = -1;
	calm_end(&calm);
}
