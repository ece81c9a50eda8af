/* SPDX-License-Identifier: MIT */
/*
 * Where the systems without raw calls of ours differ from each other:
 *
 * SYS_HAS_VFORK: vfork() is more than a name for fork().
 * SYS_SIGNALS: the highest signal.
 * sys_close_range(first, last, flags): as on Linux, or -ENOTSUP.
 * sys_fd_bound(at_least): no open descriptor has this number or a higher one;
 * at_least where only the limit is known, which may have been lowered since.
 * SYS_GROUPS_WITH_GID: the first in the list of setgroups() is not one of the
 * supplementary groups but becomes the effective gid.
 */

#define SYS_LACKS_CLOSE_RANGE                                                  \
	static inline CHILD_CODE long sys_close_range(int first, int last,     \
						      int flags)               \
	{                                                                      \
		(void)first;                                                   \
		(void)last;                                                    \
		(void)flags;                                                   \
		return -ENOTSUP;                                               \
	}

#if defined(__FreeBSD__)

#include <sys/param.h>

#define SYS_HAS_VFORK 1
#define SYS_SIGNALS _SIG_MAXSIG

/* getgroups(2): until FreeBSD 15, and in programs compiled before it. */
#define SYS_GROUPS_WITH_GID (__FreeBSD_version < 1500000)

/* closefrom(2): the flag is of FreeBSD 13.1. */
#define SYS_CLOSE_RANGE_CLOEXEC CLOSE_RANGE_CLOEXEC

static inline CHILD_CODE long sys_close_range(int first, int last, int flags)
{
	return sys_result(close_range((unsigned)first, (unsigned)last, flags));
}

/* A system call there. */
static inline CHILD_CODE long sys_fd_bound(int at_least)
{
	int size = getdtablesize();

	return size < at_least ? at_least : size;
}

#elif defined(__APPLE__)

/* NGROUPS_MAX: a compiler that is told -ffreestanding has its own limits.h. */
#include <sys/syslimits.h>

/* vfork(2) of macOS 12: it is fork() without the handlers. */
#define SYS_HAS_VFORK 0
#define SYS_SIGNALS (NSIG - 1)
#define SYS_GROUPS_WITH_GID 1

#define SYS_CLOSE_RANGE_CLOEXEC 0
SYS_LACKS_CLOSE_RANGE

/* The limit, but not more than the kernel gives to a process. */
static inline CHILD_CODE long sys_fd_bound(int at_least)
{
	int size = getdtablesize();

	return size < at_least ? at_least : size;
}

#elif defined(__NetBSD__)

#define SYS_HAS_VFORK 1
#define SYS_SIGNALS (NSIG - 1)
#define SYS_GROUPS_WITH_GID 0

#define SYS_CLOSE_RANGE_CLOEXEC 0
SYS_LACKS_CLOSE_RANGE

/* fcntl(2): the highest that is open; the descriptor given is ignored. */
static inline CHILD_CODE long sys_fd_bound(int at_least)
{
	int highest = fcntl(0, F_MAXFD);

	(void)at_least;
	return highest < 0 ? -errno : highest + 1;
}

#elif defined(__OpenBSD__)

#define SYS_HAS_VFORK 1
#define SYS_SIGNALS (NSIG - 1)
#define SYS_GROUPS_WITH_GID 0

#define SYS_CLOSE_RANGE_CLOEXEC 0
SYS_LACKS_CLOSE_RANGE

/* getdtablecount(2): behind as many open ones there is no other. */
static inline CHILD_CODE long sys_fd_bound(int at_least)
{
	int left = getdtablecount();
	int fd;

	(void)at_least;
	for (fd = 0; left > 0; fd++)
		left -= fcntl(fd, F_GETFD) >= 0;
	return fd;
}

#else

#define SYS_HAS_VFORK 1
#define SYS_SIGNALS (NSIG - 1 < 64 ? NSIG - 1 : 64)
#define SYS_GROUPS_WITH_GID 0

#define SYS_CLOSE_RANGE_CLOEXEC 0
SYS_LACKS_CLOSE_RANGE

static inline CHILD_CODE long sys_fd_bound(int at_least)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	if (limit.rlim_cur > INT_MAX)
		return INT_MAX;
	return (int)limit.rlim_cur < at_least ? at_least : (int)limit.rlim_cur;
}

#endif
