/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of the library's own: close-on-exec, and never among the first
 * three, which a caller may have closed.
 */
#define _GNU_SOURCE
#include "workers/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "workers/on_linux.h"

int libspawn__descriptors_tuck(int fd)
{
	int moved = fd;
	int code = 0;

	if (fd < 0)
		return -errno;
	if (fd <= 2)
		moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	else if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		code = -errno;
	if (moved < 0)
		code = -errno;
	if (moved != fd || code < 0)
		close(fd);
	return code < 0 ? code : moved;
}

int libspawn__descriptors_tuck_pair(int32_t ends[2])
{
	ends[0] = libspawn__descriptors_tuck(ends[0]);
	ends[1] = libspawn__descriptors_tuck(ends[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	libspawn__descriptors_close(&ends[0]);
	libspawn__descriptors_close(&ends[1]);
	return -EMFILE;
}

void libspawn__descriptors_close(int32_t *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- Processes --------------------------------------------------------- */

/* Before Android 12 its filter for apps kills a process that asks for one. */
#if ON_LINUX && !(defined(__ANDROID__) && __ANDROID_API__ < 31)

#include <sys/syscall.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int libspawn__descriptors_open_process(int32_t pid)
{
	const long opened = syscall(SYS_pidfd_open, pid, 0);
	const int fd = libspawn__descriptors_tuck((int)opened);

	return fd < 0 ? -1 : fd;
}

#else

int libspawn__descriptors_open_process(int32_t pid)
{
	(void)pid;
	return -1;
}

#endif
