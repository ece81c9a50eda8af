/* SPDX-License-Identifier: MIT */
/* The fork backend where there is no clone of our own: the C library's. */
#define _GNU_SOURCE
#include <errno.h>
#include <unistd.h>

#include "backend/backend.h"
#include "child/child.h"
#include "child/sys.h"

#if !ARCH_CLONE

static long start_fork(struct launch *launch)
{
	pid_t pid = fork();

	if (pid == 0)
		libspawn__child_run(launch);
	return pid < 0 ? -errno : pid;
}

const struct backend libspawn__backend_fork = {
	.id = BACKEND_FORK,
	.takes = SYS_TAKES & ~OP_BIT(OP_PIDFD),
	.start = start_fork,
};

#else

/* clone.c defines it. */
typedef int fork_is_clone;

#endif
