/* SPDX-License-Identifier: MIT */
/*
 * A pseudo-terminal. Where the kernel can, the other side is opened by
 * descriptor: in another mount namespace its name may be another terminal's.
 */
#define _GNU_SOURCE
#include "ends/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "backend/descriptor.h"

#if defined(__OpenBSD__)

#include <sys/time.h>
#include <sys/tty.h>

/* Takes over *fd: a close-on-exec copy above 2 takes its place. */
static int settle_copy(int fd, int32_t *place)
{
	int copy = libspawn__descriptor_copy(fd, 3);

	libspawn__descriptor_close(fd);
	if (copy < 0)
		return copy;
	*place = copy;
	return 0;
}

/*
 * pty(4): one call of the device and no names, for ptsname() there keeps its
 * answer in memory of its own. It gives both without close-on-exec: they
 * get it a moment later.
 */
int libspawn__pty_open(int32_t *child_fd, int32_t *parent_fd)
{
	struct ptmget made;
	int device = open(PATH_PTMDEV, O_RDWR | O_CLOEXEC);
	int code = device < 0 ? -errno : 0;
	int other;

	if (code == 0 && ioctl(device, PTMGET, &made) < 0)
		code = -errno;
	if (device >= 0)
		libspawn__descriptor_close(device);
	if (code < 0)
		return code;
	code = settle_copy(made.cfd, parent_fd);
	other = settle_copy(made.sfd, child_fd);
	return code < 0 ? code : other;
}

#else

/*
 * Since Linux 4.13. 0 is no request: the call fails, and a name is asked for.
 */
#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0
#endif

/* The child's side, by descriptor where the kernel can: no name, no race. */
static int open_terminal(int parent_fd)
{
	const int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
	char name[128];
	int child_fd = ioctl(parent_fd, TIOCGPTPEER, flags);

	if (child_fd >= 0)
		return child_fd;
	if (ptsname_r(parent_fd, name, sizeof name))
		return -1;
	return open(name, flags);
}

/* Puts a new descriptor in its place, above 2; if that fails, it is there. */
static int settle(int fd, int32_t *place)
{
	if (fd < 0)
		return -errno;
	*place = fd;
	return libspawn__descriptor_move_up(place);
}

int libspawn__pty_open(int32_t *child_fd, int32_t *parent_fd)
{
	int code =
		settle(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), parent_fd);

	if (code < 0)
		return code;
	if (grantpt(*parent_fd) < 0 || unlockpt(*parent_fd) < 0)
		return -errno;
	return settle(open_terminal(*parent_fd), child_fd);
}

#endif
