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
