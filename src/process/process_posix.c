/* SPDX-License-Identifier: MIT */
/*
 * One child, as others than Linux have it: by its pid, with calls of POSIX and
 * wait4(2), which all of them have and which tells the usage.
 */
#define _GNU_SOURCE
#include "process/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "child/sys.h"
#include "process/told.h"

#if !SYS_IS_LINUX

/* macOS counts bytes here; the others, kibibytes. getrusage(2) */
#ifdef __APPLE__
enum { RSS_UNIT = 1024 };
#else
enum { RSS_UNIT = 1 };
#endif

/* The usage comes with the reaping. */
int libspawn__process_look(const struct libspawn_process *process, int block,
			   struct libspawn_status *status)
{
	siginfo_t info;
	int options = WEXITED | WNOWAIT | (block ? 0 : WNOHANG);
	int code;

	memset(&info, 0, sizeof info);
	do
		code = waitid(P_PID, (id_t)process->pid, &info, options);
	while (code < 0 && errno == EINTR);
	if (code < 0)
		return -errno;
	if (info.si_pid == 0)
		return 0;
	told_by_info(status, &info);
	return 1;
}

int libspawn__process_recall(const struct libspawn_process *process,
			     int64_t deadline, struct libspawn_status *status)
{
	(void)process;
	(void)deadline;
	(void)status;
	return -ECHILD;
}

static uint64_t microseconds_of(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

static void copy_usage(struct libspawn_status *status,
		       const struct rusage *usage)
{
	status->flags |= LIBSPAWN_STATUS_USAGE;
	status->user_us = microseconds_of(&usage->ru_utime);
	status->system_us = microseconds_of(&usage->ru_stime);
	status->max_rss_kib = (uint64_t)usage->ru_maxrss / RSS_UNIT;
	status->minor_faults = (uint64_t)usage->ru_minflt;
	status->major_faults = (uint64_t)usage->ru_majflt;
	status->input_blocks = (uint64_t)usage->ru_inblock;
	status->output_blocks = (uint64_t)usage->ru_oublock;
	status->voluntary_switches = (uint64_t)usage->ru_nvcsw;
	status->involuntary_switches = (uint64_t)usage->ru_nivcsw;
}

int libspawn__process_reap(const struct libspawn_process *process,
			   struct libspawn_status *status)
{
	struct rusage usage;
	pid_t reaped;
	int word;

	do
		reaped = wait4(process->pid, &word, WNOHANG, &usage);
	while (reaped < 0 && errno == EINTR);
	if (reaped != process->pid)
		return -ECHILD;
	told_by_word(status, word);
	copy_usage(status, &usage);
	return 0;
}

/*
 * A group of that number can only be one that the process has made. EPERM: on
 * macOS, when all that is left of the group are processes that have ended.
 */
int libspawn__process_send(const struct libspawn_process *process, int signal,
			   int to_group)
{
	struct libspawn_status status;
	int found = libspawn__process_look(process, 0, &status);
	pid_t target = to_group ? -process->pid : process->pid;

	if (found == -ECHILD)
		return -ESRCH;
	if (kill(target, signal) == 0 || (errno == EPERM && found == 1))
		return 0;
	return errno == ESRCH && to_group ? -EINVAL : -errno;
}

int libspawn__process_open(int32_t pid)
{
	(void)pid;
	return -ENOSYS;
}

int libspawn__process_open_child(const struct libspawn_process *process)
{
	(void)process;
	return -ENOSYS;
}

void libspawn__process_kill(int fd, int32_t pid)
{
	(void)fd;
	kill(pid, SIGKILL);
}

/* There is no one call for this that all of them have. */
void libspawn__word_wait(const uint32_t *word, uint32_t value)
{
	const struct timespec moment = { 0, 1000000 };

	if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
		nanosleep(&moment, NULL);
}

void libspawn__word_wake(const uint32_t *word)
{
	(void)word;
}

#else

/* process_linux.c has it. */
typedef int process_is_linux;

#endif
