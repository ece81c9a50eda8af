/* SPDX-License-Identifier: MIT */
/*
 * The fork backend where there is no clone of our own: the C library's, which
 * runs the handlers of pthread_atfork(). The child has a copy of memory, so its
 * report always comes by the pipe.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "backend/backend.h"
#include "child/child.h"
#include "child/sys.h"

#if !ARCH_CLONE

/* One thread is left in the child, and it calls only what sys.h has. */
static long start_fork(struct launch *launch)
{
	pid_t pid;

	launch->exit_signal = SIGCHLD;
	pid = fork();
	if (pid == 0)
		libspawn__child_run(launch);
	return pid < 0 ? -errno : pid;
}

const struct backend libspawn__backend_fork = {
	.id = BACKEND_FORK,
	.takes = SYS_TAKES &
		 ~(OP_BIT(OP_PIDFD) | OP_BIT(OP_DETACH) | OP_BIT(OP_HOLD)),
	.start = start_fork,
};

#else

/* clone.c defines it. */
typedef int fork_is_clone;

#endif
