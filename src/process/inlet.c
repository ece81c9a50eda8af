/* SPDX-License-Identifier: MIT */
/*
 * Writes the input of a child. A pipe that nobody reads any more must end the
 * input, not the caller: SIGPIPE is held back in this thread for the time of a
 * write, and what the write has raised is taken back. The disposition, which
 * belongs to the whole process, is never touched.
 */
#define _GNU_SOURCE
#include "process/inlet.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* Since Linux 2.6.35. -1 is no request: the call fails. */
#ifndef F_SETPIPE_SZ
#define F_SETPIPE_SZ (-1)
#define F_GETPIPE_SZ (-1)
#endif

/* Not more at once than what a large pipe holds. */
enum { WRITE_MAX = PIPE_LARGE };

static int is_pipe_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

/* Never SIGPIPE; one that was pending before stays, as signals don't count. */
static ssize_t write_quietly(int32_t fd, const void *bytes, size_t size)
{
	sigset_t pipe_only, old;
	ssize_t written;
	int error, number, was_pending;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &old);
	was_pending = is_pipe_pending();
	written = write(fd, bytes, size);
	error = errno;
	/* It is this thread's own: nobody else can take it meanwhile. */
	if (written < 0 && error == EPIPE && !was_pending && is_pipe_pending())
		sigwait(&pipe_only, &number);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = error;
	return written;
}

/* It may be larger: the child's doing, or with pages of 64 KiB. */
void libspawn__inlet_enlarge(int32_t fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ);

	if (size >= 0 && size < PIPE_LARGE)
		fcntl(fd, F_SETPIPE_SZ, PIPE_LARGE);
}

void libspawn__inlet_close(struct inlet *inlet)
{
	if (inlet->fd >= 0)
		close(inlet->fd);
	inlet->fd = -1;
}

int libspawn__inlet_feed(struct inlet *inlet)
{
	size_t size = inlet->left < WRITE_MAX ? inlet->left : WRITE_MAX;
	ssize_t written = 0;

	if (size > 0)
		written = write_quietly(inlet->fd, inlet->next, size);
	if (written < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (written < 0 && errno != EPIPE)
		return -errno;
	if (written == PIPE_FULL && inlet->written == 0)
		libspawn__inlet_enlarge(inlet->fd);
	if (written > 0) {
		inlet->next += written;
		inlet->left -= (uint64_t)written;
		inlet->written += (uint64_t)written;
	}
	if (written < 0 || inlet->left == 0)
		libspawn__inlet_close(inlet);
	return 0;
}
