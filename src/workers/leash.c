/* SPDX-License-Identifier: MIT */
/*
 * The leash: a pipe of which the caller alone holds the writing end. When that
 * is gone, however the caller ended, the kernel sends the worker SIGKILL: no
 * thread, no handler, and nothing of the worker's own has to run for it. A
 * parent-death signal would follow a thread of the caller, and be lost with a
 * change of ids.
 */
#define _GNU_SOURCE
#include "workers/on_linux.h"
#include "workers/worker.h"

#if ON_LINUX

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

int libspawn__leash_make(int32_t ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	return libspawn__descriptors_tuck_pair(ends);
}

/* The other end may have gone before: no signal comes for that. */
int libspawn__leash_arm(int fd)
{
	char byte;

	if (fcntl(fd, F_SETOWN, getpid()) < 0 ||
	    fcntl(fd, F_SETSIG, SIGKILL) < 0 ||
	    fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) < 0)
		return -errno;
	return read(fd, &byte, 1) == 0 ? -EPIPE : 0;
}

#else

int libspawn__leash_make(int32_t ends[2])
{
	ends[0] = -1;
	ends[1] = -1;
	return 0;
}

int libspawn__leash_arm(int fd)
{
	(void)fd;
	return 0;
}

#endif
