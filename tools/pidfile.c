/* SPDX-License-Identifier: MIT */
/*
 * The pid of a program that runs must not be lost by a start that fails: the
 * file is opened first, so that one that can't be written stops the start, and
 * changed last. It is written in place, since it may be a link or a FIFO.
 */
#define _GNU_SOURCE
#include "pidfile.h"
#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int open_pidfile(struct pidfile *pidfile)
{
	if (pidfile->path == NULL)
		return 0;
	pidfile->fd = open_above_standard(pidfile->path,
					  O_WRONLY | O_CREAT | O_EXCL, 0666);
	pidfile->is_new = pidfile->fd >= 0;
	if (pidfile->fd < 0 && errno == EEXIST)
		pidfile->fd = open_above_standard(
			pidfile->path, O_WRONLY | O_CREAT | O_NOCTTY, 0666);
	return pidfile->fd < 0 ? errno : 0;
}

/* A program that has ended already is a signal. */
static ssize_t write_again(int fd, const char *text, size_t length)
{
	ssize_t written;

	do {
		errno = EIO;
		written = write(fd, text, length);
	} while (written < 0 && errno == EINTR);
	return written;
}

int write_pidfile(struct pidfile *pidfile, int pid)
{
	char text[16];
	int length = snprintf(text, sizeof text, "%d\n", pid);
	int failed = 0;

	if (pidfile->path == NULL)
		return 0;
	/* The program is to be served: a FIFO without room is a failure. */
	fcntl(pidfile->fd, F_SETFL, O_NONBLOCK);
	if (write_again(pidfile->fd, text, (size_t)length) != length)
		failed = errno;
	/* What has no length, as a FIFO, needs none. */
	else if (ftruncate(pidfile->fd, length) != 0 && errno != EINVAL)
		failed = errno;
	if (close(pidfile->fd) != 0 && !failed)
		failed = errno;
	return failed;
}

void drop_pidfile(struct pidfile *pidfile)
{
	if (pidfile->path == NULL || pidfile->fd < 0)
		return;
	if (pidfile->is_new)
		unlink(pidfile->path);
	close(pidfile->fd);
}
