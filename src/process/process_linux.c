/* SPDX-License-Identifier: MIT */
/*
 * One child, as Linux has it: by its pidfd where there is one and the kernel
 * takes it, else by its pid. By raw calls: they are no cancellation points,
 * leave errno alone, and tell the usage with the status.
 */
#define _GNU_SOURCE
#include "process/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "backend/descriptor.h"
#include "child/sys.h"
#include "deadline.h"
#include "process/end.h"
#include "process/pidfd.h"
#include "process/told.h"

#if SYS_IS_LINUX

enum { WAIT_BY_PID = 1, WAIT_BY_PIDFD = 3 };

#define PIDFD_GROUP 4L /* PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9 */

/* struct rusage as the kernel writes it: on 32 bits, libc's may be another. */
struct usage {
	long user[2]; /* seconds, microseconds */
	long system[2];
	long max_rss;
	long sizes[3];
	long minor_faults;
	long major_faults;
	long swaps;
	long input_blocks;
	long output_blocks;
	long messages[3];
	long voluntary_switches;
	long involuntary_switches;
};

/*
 * ENOSYS, or what a filter says instead. EINVAL: waitid(2) before Linux 5.4;
 * EAGAIN: the pidfd does not block, and the wait is to.
 */
static int is_no_answer(long code)
{
	return code == -ENOSYS || code == -EPERM || code == -EINVAL ||
	       code == -EAGAIN;
}

static long wait_once(const struct libspawn_process *process, int options,
		      siginfo_t *info, struct usage *usage)
{
	long code = -ENOSYS;

	if (process->pidfd >= 0)
		code = arch_call(SYS_waitid, WAIT_BY_PIDFD, process->pidfd,
				 SYS_ARG(info), options, SYS_ARG(usage));
	if (is_no_answer(code))
		code = arch_call(SYS_waitid, WAIT_BY_PID, process->pid,
				 SYS_ARG(info), options, SYS_ARG(usage));
	return code;
}

/* info->si_pid is 0 if it has not ended. EINTR stays in here. */
static long wait_for(const struct libspawn_process *process, int options,
		     siginfo_t *info, struct usage *usage)
{
	long code;

	memset(info, 0, sizeof *info);
	do
		code = wait_once(process, options, info, usage);
	while (code == -EINTR);
	return code;
}

static uint64_t microseconds(const long time[2])
{
	return (uint64_t)time[0] * 1000000 + (uint64_t)time[1];
}

static void tell_usage(struct libspawn_status *status,
		       const struct usage *usage)
{
	status->flags |= LIBSPAWN_STATUS_USAGE;
	status->user_us = microseconds(usage->user);
	status->system_us = microseconds(usage->system);
	status->max_rss_kib = (uint64_t)usage->max_rss;
	status->minor_faults = (uint64_t)usage->minor_faults;
	status->major_faults = (uint64_t)usage->major_faults;
	status->input_blocks = (uint64_t)usage->input_blocks;
	status->output_blocks = (uint64_t)usage->output_blocks;
	status->voluntary_switches = (uint64_t)usage->voluntary_switches;
	status->involuntary_switches = (uint64_t)usage->involuntary_switches;
}

/* 1 and the end, 0 if it has not ended, or -errno. */
static int wait_and_tell(const struct libspawn_process *process, int options,
			 struct libspawn_status *status)
{
	struct usage usage;
	siginfo_t info;
	long code;

	memset(&usage, 0, sizeof usage);
	code = wait_for(process, options, &info, &usage);
	if (code < 0 || info.si_pid == 0)
		return (int)code;
	told_by_info(status, &info);
	tell_usage(status, &usage);
	return 1;
}

/* Nobody's child, or somebody else's work: a pidfd knows all the same. */
int libspawn__process_look(const struct libspawn_process *process, int block,
			   struct libspawn_status *status)
{
	int code = wait_and_tell(
		process, WEXITED | WNOWAIT | (block ? 0 : WNOHANG), status);

	if (code == -ECHILD && process->pidfd >= 0)
		code = libspawn__pidfd_look(process->pidfd, block, status);
	return code == -EAGAIN ? -ECHILD : code;
}

/*
 * Milliseconds for its parent to reap it. An init may look once a second; one
 * of a container may never.
 */
enum { FOR_ITS_PARENT = 2000 };

int libspawn__process_recall(const struct libspawn_process *process,
			     int64_t deadline, struct libspawn_status *status)
{
	struct watch watch = {
		.deadline = libspawn__deadline_after(FOR_ITS_PARENT),
		.interruptible = libspawn__end_is_interruptible(process),
	};
	int code;

	if (process->pidfd < 0)
		return -ECHILD;
	if (deadline < watch.deadline)
		watch.deadline = deadline;
	code = libspawn__pidfd_look(process->pidfd, 0, status);
	while (code == -EAGAIN && libspawn__deadline_left(watch.deadline) > 0) {
		if (libspawn__nap(&watch) < 0)
			return -EINTR;
		code = libspawn__pidfd_look(process->pidfd, 0, status);
	}
	return code == -EAGAIN ? -ECHILD : code;
}

int libspawn__process_reap(const struct libspawn_process *process,
			   struct libspawn_status *status)
{
	int code = wait_and_tell(process, WEXITED | WNOHANG, status);

	return code > 0 ? 0 : -ECHILD;
}

/* ---- Signals ----------------------------------------------------------- */

/* -EINVAL, too, from a kernel that can't signal the group by pidfd. */
static long send_by_pidfd(const struct libspawn_process *process, int signal,
			  int to_group)
{
	if (process->pidfd < 0)
		return -ENOSYS;
	return arch_call(SYS_NUMBER_PIDFD_SEND_SIGNAL, process->pidfd, signal,
			 0, to_group ? PIDFD_GROUP : 0, 0);
}

/* Whether it is one that can be waited for, alive or not. */
static int is_child(const struct libspawn_process *process)
{
	siginfo_t info;

	return wait_for(process, WEXITED | WNOWAIT | WNOHANG, &info, NULL) !=
	       -ECHILD;
}

/* Also one that is no child, by its descriptor. */
static int is_running(const struct libspawn_process *process)
{
	struct libspawn_status status;

	return process->pidfd >= 0 &&
	       libspawn__pidfd_look(process->pidfd, 0, &status) == 0;
}

/*
 * A pid that is not to be waited for any more may be anybody's. One that is
 * stays so: whoever asks for the signal keeps it from being reaped. Of one that
 * is no child the descriptor alone can tell, and what it says counts. A group
 * of that number can only be one that the process has made.
 */
int libspawn__process_send(const struct libspawn_process *process, int signal,
			   int to_group)
{
	long code = send_by_pidfd(process, signal, to_group);

	if (is_no_answer(code) && is_child(process))
		code = arch_call(SYS_kill,
				 to_group ? -process->pid : process->pid,
				 signal, 0, 0, 0);
	else if (code == -ENOSYS || (code == -EINVAL && to_group))
		code = -ESRCH;
	if (code == -ESRCH && to_group &&
	    (is_child(process) || is_running(process)))
		return -EINVAL;
	return (int)code;
}

/* ---- Any process ------------------------------------------------------- */

int libspawn__process_open(int32_t pid)
{
	int code;
	int fd;

	fd = sys_pidfd_open(pid);
	code = fd < 0 ? 0 : libspawn__descriptor_move_up(&fd);
	if (code == 0)
		return fd;
	sys_close(fd);
	return code;
}

int libspawn__process_open_child(const struct libspawn_process *process)
{
	struct libspawn_process own = { .pid = process->pid };

	own.pidfd = libspawn__process_open(own.pid);
	if (own.pidfd < 0 || is_child(&own))
		return own.pidfd;
	sys_close(own.pidfd);
	return -ECHILD;
}

void libspawn__process_kill(int fd, int32_t pid)
{
	long code = -ENOSYS;

	if (fd >= 0)
		code = arch_call(SYS_NUMBER_PIDFD_SEND_SIGNAL, fd, SIGKILL, 0,
				 0, 0);
	if (is_no_answer(code))
		arch_call(SYS_kill, pid, SIGKILL, 0, 0, 0);
}

/* ---- Words that others change ------------------------------------------- */

/* FUTEX_PRIVATE_FLAG, with WAIT and WAKE. */
enum { WAIT_PRIVATELY = 128, WAKE_PRIVATELY = 129, WAKE_ALL = 0x7fffffff };

void libspawn__word_wait(const uint32_t *word, uint32_t value)
{
	const long at_most[2] = { 0, 10000000 /* 10 ms */ };

	arch_call(SYS_futex, SYS_ARG(word), WAIT_PRIVATELY, (long)value,
		  SYS_ARG(at_most), 0);
}

void libspawn__word_wake(const uint32_t *word)
{
	arch_call(SYS_futex, SYS_ARG(word), WAKE_PRIVATELY, WAKE_ALL, 0, 0);
}

#else

/* process_posix.c has it. */
typedef int process_is_posix;

#endif
