/* SPDX-License-Identifier: MIT */
/* The pid behind a descriptor for a process, as the kernel's fdinfo tells. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calm.h"
#include "posix/drop_in.h"

/*
 * The whole of a small file, or -1 with errno. No cancellation point, as the C
 * library's is none.
 */
static ssize_t read_small_file(const char *path, char *text, size_t room)
{
	struct calm calm;
	ssize_t size = -1;
	int error;
	int fd;

	calm_begin(&calm);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		do
			size = read(fd, text, room - 1);
		while (size < 0 && errno == EINTR);
	error = errno;
	if (fd >= 0)
		close(fd);
	calm_end(&calm);
	if (size < 0)
		errno = error;
	else
		text[size] = '\0';
	return size;
}

/* -1: it was reaped; 0: it is in a pid namespace that is not seen from here. */
static pid_t pid_or_error(long number)
{
	if (number > 0)
		return (pid_t)number;
	errno = number == 0 ? EREMOTE : ESRCH;
	return -1;
}

pid_t libspawn_pidfd_getpid(int pidfd)
{
	char path[sizeof "/proc/self/fdinfo/-2147483648"];
	char text[1024];
	const char *line;

	if (fcntl(pidfd, F_GETFD) < 0)
		return -1;
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	if (read_small_file(path, text, sizeof text) < 0)
		return -1;
	line = strstr(text, "\nPid:\t");
	if (line)
		return pid_or_error(strtol(line + 6, NULL, 10));
	errno = EBADF;
	return -1;
}
DROP_IN(pidfd_getpid);
