/* SPDX-License-Identifier: MIT */
/*
 * What a pidfd tells of a process that is not to be waited for: it is somebody
 * else's child, or somebody else has reaped it. It can be polled all the same,
 * and keeps how it ended: PIDFD_GET_INFO with PIDFD_INFO_EXIT, Linux 6.15.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

#include "backend/system.h"
#include "child/sys.h"
#include "deadline.h"
#include "process/pidfd.h"
#include "process/process.h"
#include "process/told.h"

#if SYS_IS_LINUX

/* Milliseconds: from its being reaped until the kernel tells, and enough. */
enum { FOR_THE_KERNEL = 10 };

/* 1 if it has ended, 0 if not, or -errno. */
static int await_readable(int pidfd, int block)
{
	struct pollfd wanted = { .fd = pidfd, .events = POLLIN };
	const long at_once[2] = { 0, 0 };
	long code;

	do
		code = arch_call(SYS_ppoll, SYS_ARG(&wanted), 1,
				 block ? 0 : SYS_ARG(at_once), 0, 0);
	while (code == -EINTR);
	if (code > 0 && wanted.revents & POLLNVAL)
		return -EBADF;
	return (int)code;
}

/*
 * 1; -EAGAIN while its parent has not reaped it; -ESRCH for a moment after; or
 * what else a kernel says that does not know.
 */
static int ask_exit_code(int pidfd, int *word)
{
	struct pidfd_info info;
	long code = system_ask_pidfd(pidfd, PIDFD_ENDED, &info);

	if (code < 0)
		return (int)code;
	*word = info.exit_code;
	return info.mask & PIDFD_ENDED ? 1 : -EAGAIN;
}

static int await_exit_code(int pidfd, int *word)
{
	struct watch watch = {
		.deadline = libspawn__deadline_after(FOR_THE_KERNEL),
	};
	int code = ask_exit_code(pidfd, word);

	while (code == -ESRCH && libspawn__deadline_left(watch.deadline) > 0) {
		libspawn__nap(&watch);
		code = ask_exit_code(pidfd, word);
	}
	return code;
}

int libspawn__pidfd_look(int pidfd, int block, struct libspawn_status *status)
{
	int word = 0;
	int code = await_readable(pidfd, block);

	if (code <= 0)
		return code;
	code = await_exit_code(pidfd, &word);
	if (code < 0)
		return code == -EAGAIN ? code : -ECHILD;
	told_by_word(status, word);
	return 1;
}

#else

/* A pidfd is of Linux. */
typedef int pidfd_is_linux;

#endif
