/* SPDX-License-Identifier: MIT */
/*
 * Exec gives the child a memory and a dumpable flag of its own a moment after
 * it has zeroed the caller's word and let a vfork() parent go; in Linux 7.2 and
 * later also after it has closed what is close-on-exec, which was the sign of
 * it before. Until then the caller's flag is the child's. A pidfd tells the
 * child's flag (PIDFD_GET_INFO, Linux 6.16), which is no longer the cleared one
 * of the caller; /proc/PID/stat tells who has not executed, where nobody may
 * read the program, so that its own flag is cleared too. Hazard 4.
 */
#define _GNU_SOURCE
#include "backend/own_memory.h"

#include <errno.h>

#include "backend/system.h"
#include "child/sys.h"

#if SYS_IS_LINUX

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backend/descriptor.h"
#include "backend/fate.h"
#include "backend/status.h"
#include "deadline.h"

/* PIDFD_COREDUMP_USER, PF_FORKNOEXEC. */
enum { IS_DUMPABLE = 4, NOT_EXECUTED = 0x40 };
/*
 * Milliseconds for a child that gets no processor; for one of which a pidfd
 * alone tells, and may do so for ever. Microseconds of a nap.
 */
enum { NO_PROCESSOR = 10000, NO_PROC = 100, NAP = 50 };

enum owning { NOT_YET, OWNS, UNTOLD };

static enum owning ask_pidfd(int pidfd)
{
	struct pidfd_info info;
	const long code = system_ask_pidfd(pidfd, PIDFD_DUMPABLE, &info);

	/* It has ended; or the kernel is one where that sign was good. */
	if (code == -ESRCH || code == -ENOTTY || code == -EINVAL ||
	    (code == 0 && !(info.mask & PIDFD_DUMPABLE)))
		return OWNS;
	if (code < 0)
		return UNTOLD;
	return info.dumpable & IS_DUMPABLE ? OWNS : NOT_YET;
}

static enum owning look_by_pidfd(const struct launch *launch, long pid)
{
	enum owning found;
	int pidfd;

	if (launch->pidfd >= 0)
		return ask_pidfd(launch->pidfd);
	pidfd = sys_pidfd_open(pid);
	if (pidfd == -ESRCH)
		return OWNS;
	if (pidfd < 0)
		return UNTOLD;
	found = ask_pidfd(pidfd);
	libspawn__descriptor_close(pidfd);
	return found;
}

/*
 * The name may hold anything. Who is not this process's child there is another:
 * the file system may be that of other pids.
 */
static enum owning look_in_proc(long pid)
{
	char text[512];
	const char *end;
	unsigned flags;
	int parent;

	snprintf(text, sizeof text, "/proc/%ld/stat", pid);
	libspawn__status_read(text, text, sizeof text);
	end = strrchr(text, ')');
	if (!end ||
	    sscanf(end + 1, " %*c %d %*d %*d %*d %*d %u", &parent, &flags) !=
		    2 ||
	    parent != (int)getpid())
		return UNTOLD;
	return flags & NOT_EXECUTED ? NOT_YET : OWNS;
}

/* Without an exec. Of a detached one a look at the pidfd has to do. */
static int died_before_exec(const struct launch *launch, long pid)
{
	return !launch_is_detached(launch) && libspawn__fate_is_dead(pid);
}

/* How long it is to be awaited: for 0 ms, if it has its own or nobody tells. */
static int64_t look_everywhere(const struct launch *launch, long pid)
{
	const enum owning by_pidfd = look_by_pidfd(launch, pid);
	enum owning found = by_pidfd;

	if (found != OWNS)
		found = died_before_exec(launch, pid) ? OWNS
						      : look_in_proc(pid);
	if (found == NOT_YET)
		return NO_PROCESSOR;
	return found == UNTOLD && by_pidfd == NOT_YET ? NO_PROC : 0;
}

int libspawn__own_memory_await(struct launch *launch, long pid,
			       int64_t deadline)
{
	int64_t most;

	while ((most = look_everywhere(launch, pid)) > 0) {
		if (!launch->owning_by)
			launch->owning_by = libspawn__deadline_after(most);
		if (libspawn__deadline_left(launch->owning_by) == 0)
			break;
		if (libspawn__deadline_left(deadline) == 0)
			return -ETIMEDOUT;
		sys_sleep(NAP);
	}
	return 0;
}

#else

/* Elsewhere a child has a flag of its own, or none. */
int libspawn__own_memory_await(struct launch *launch, long pid,
			       int64_t deadline)
{
	(void)launch;
	(void)pid;
	(void)deadline;
	return 0;
}

#endif
