/* SPDX-License-Identifier: MIT */
/*
 * Opens, moves and closes the library's own descriptors: close-on-exec from
 * birth, so that no exec of another thread inherits them, and above 2 before
 * anybody else sees them.
 */
#define _GNU_SOURCE
#include "backend/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Hazard 9: 0 to 2 belong to the caller even while they are closed. */
enum { FIRST_OWN = 3 };

int libspawn__descriptor_copy(int fd, int first)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, first);

	if (copy >= 0)
		return copy;
	/* Also of a number above all that may be. */
	return errno == EINVAL ? -EMFILE : -errno;
}

/*
 * Both go up side by side. What is taken and not open, the kernel would give:
 * it is stepped over; what is open, the kernel steps over.
 */
int libspawn__descriptor_copy_beside(int fd, int first, const int32_t *taken,
				     uint32_t count)
{
	const int32_t *end = taken + count;
	int copy;

	for (;; first = copy + 1) {
		for (; taken < end && *taken <= first; taken++)
			if (*taken == first)
				first++;
		copy = libspawn__descriptor_copy(fd, first);
		while (copy >= 0 && taken < end && *taken < copy)
			taken++;
		if (copy < 0 || taken == end || *taken != copy)
			return copy;
		close(copy);
	}
}

/* On Linux close() has closed, whatever it returns: it is never repeated. */
void libspawn__descriptor_close(int fd)
{
	close(fd);
}

/* Leaves *fd open where it was if it fails. */
int libspawn__descriptor_move_up(int *fd)
{
	int copy;

	if (*fd >= FIRST_OWN)
		return 0;
	copy = libspawn__descriptor_copy(*fd, FIRST_OWN);
	if (copy < 0)
		return copy;
	close(*fd);
	*fd = copy;
	return 0;
}

#if defined(__APPLE__)

/*
 * There is no pipe2() and no SOCK_CLOEXEC: until the mark is made, an exec by
 * another thread inherits both, unless it is a start of this library, which
 * closes them.
 */
static int mark_both(const int ends[2])
{
	if (fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 &&
	    fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0)
		return 0;
	close(ends[0]);
	close(ends[1]);
	return -EBADF;
}

int libspawn__descriptor_put(int fd, int number)
{
	if (dup2(fd, number) < 0 || fcntl(number, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return 0;
}

static int pipe_on_exec(int ends[2])
{
	return pipe(ends) < 0 ? -errno : mark_both(ends);
}

static int sockets_on_exec(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return -errno;
	return mark_both(ends);
}

#else

int libspawn__descriptor_put(int fd, int number)
{
	return dup3(fd, number, O_CLOEXEC) < 0 ? -errno : 0;
}

/* One call: between pipe() and fcntl() another thread might fork. */
static int pipe_on_exec(int ends[2])
{
	return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
}

static int sockets_on_exec(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0
		       ? -errno
		       : 0;
}

#endif

/* On failure both are closed, wherever they have come to. */
static int move_both_up(int ends[2])
{
	int code = libspawn__descriptor_move_up(&ends[0]);

	if (code == 0)
		code = libspawn__descriptor_move_up(&ends[1]);
	if (code < 0) {
		close(ends[0]);
		close(ends[1]);
	}
	return code;
}

int libspawn__descriptor_pipe(int ends[2])
{
	int code = pipe_on_exec(ends);

	return code < 0 ? code : move_both_up(ends);
}

int libspawn__descriptor_sockets(int ends[2])
{
	int code = sockets_on_exec(ends);

	return code < 0 ? code : move_both_up(ends);
}
