/* SPDX-License-Identifier: MIT */
/*
 * A standard stream that spawn was started without is one that the program
 * gets none of either: what spawn opens never takes its place.
 */
#define _GNU_SOURCE
#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int move_above_standard(int fd)
{
	int moved, saved;

	if (fd < 0)
		return -1;
	if (fd > STDERR_FILENO && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	saved = errno;
	close(fd);
	errno = saved;
	return moved;
}

int open_above_standard(const char *path, int flags, mode_t mode)
{
	return move_above_standard(open(path, flags | O_CLOEXEC, mode));
}

int make_pipe(int ends[2])
{
	return pipe(ends) == 0 ? move_both_above_standard(ends) : -1;
}

int move_both_above_standard(int ends[2])
{
	int saved;

	ends[0] = move_above_standard(ends[0]);
	ends[1] = move_above_standard(ends[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	saved = errno;
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0)
			close(ends[i]);
		ends[i] = -1;
	}
	errno = saved;
	return -1;
}
