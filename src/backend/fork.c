/* SPDX-License-Identifier: MIT */
/*
 * The fork backend: a child with a copy of memory, so its report always comes
 * by the pipe. By a clone of our own, where there is one: no handler of
 * pthread_atfork() runs. Else by the C library's, which runs them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "backend/backend.h"
#include "backend/creation.h"
#include "child/child.h"
#include "child/sys.h"

#if ARCH_CLONE

#define FORK_LACKS UINT64_C(0)

/* Returns at once; the stack and the launch are the child's own copies. */
static long start_copied(struct launch *launch)
{
	long pid = libspawn__creation_clone(launch, 0);

	return creation_is_refused(pid) ? BACKEND_UNAVAILABLE : pid;
}

#else

#define FORK_LACKS OP_BIT(OP_PIDFD)

/* One thread is left in the child, and it calls only what sys.h has. */
static long start_copied(struct launch *launch)
{
	pid_t pid;

	launch->exit_signal = SIGCHLD;
	pid = fork();
	if (pid == 0)
		libspawn__child_run(launch);
	return pid < 0 ? -errno : pid;
}

#endif

const struct backend libspawn__backend_fork = {
	.id = BACKEND_FORK,
	.takes = SYS_TAKES & ~(FORK_LACKS | OP_BIT(OP_DETACH) |
			       OP_BIT(OP_HOLD) | OP_OF_SANDBOX),
	.start = start_copied,
};
