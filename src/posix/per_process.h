/* SPDX-License-Identifier: MIT */
/*
 * What fork() must not hand on. The kernel gives a child zeros in its place: a
 * lock is free there and nothing is under way, whatever other threads of the
 * parent were at.
 */
#ifndef LIBSPAWN_POSIX_PER_PROCESS_H
#define LIBSPAWN_POSIX_PER_PROCESS_H

#include <signal.h>
#include <sys/types.h>

#include "posix/lock.h"

/* system.c: the calls under way; the first saves, the last restores. */
struct shell_calls {
	struct lock lock;
	pid_t owner; /* whose calls, where they are handed on */
	unsigned count;
	struct sigaction interrupt;
	struct sigaction quit;
};

struct per_process {
	struct shell_calls calls;
	struct lock streams; /* popen.c: for its list, which is handed on */
};

/* per_process.c: the same from first to last; errno stays as it was. */
struct per_process *libspawn__per_process(void);

#endif
