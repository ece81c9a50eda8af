/* SPDX-License-Identifier: MIT */
/*
 * Waking when a process ends, as Linux has it: a pidfd can be polled. For a
 * process that has none, one is opened for as long as the caller sleeps.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "child/sys.h"
#include "deadline.h"
#include "process/end.h"
#include "process/process.h"

#if SYS_IS_LINUX

enum { LONGEST_WAIT = 86400 };

#define NS_PER_SECOND INT64_C(1000000000)

/* One of its own, for a process without. -EAGAIN: it was reaped just now. */
static int open_own(const struct libspawn_process *process)
{
	int fd = libspawn__process_open_child(process);

	return fd == -ESRCH || fd == -ECHILD ? -EAGAIN : fd;
}

/*
 * 0, or -errno for the first of which nothing can be learnt by sleeping.
 * -EAGAIN, too, if other threads have reaped them all since they were looked
 * at: nobody would end the sleep.
 */
static int open_all(const struct watch *watch, struct pollfd *polls)
{
	const struct libspawn_process *process;
	int code = -EAGAIN;
	size_t n;

	for (n = 0; n < watch->count; n++) {
		polls[n].fd = -1;
		polls[n].events = POLLIN;
		polls[n].revents = 0;
	}
	for (n = 0; n < watch->count; n++) {
		process = watch->processes[n];
		if (!process || libspawn__end_is_told(process))
			continue;
		polls[n].fd = process->pidfd >= 0 ? process->pidfd
						  : open_own(process);
		if (polls[n].fd < 0)
			return polls[n].fd;
		code = 0;
	}
	return code;
}

static void close_own(const struct watch *watch, const struct pollfd *polls)
{
	size_t n;

	for (n = 0; n < watch->count; n++)
		if (polls[n].fd >= 0 && watch->processes[n]->pidfd < 0)
			sys_close(polls[n].fd);
}

/* How many have ended; 0 after the deadline or a day; or -errno. */
static long sleep_until(struct pollfd *polls, size_t count, int64_t deadline)
{
	int64_t left = libspawn__deadline_left(deadline);
	long time[2] = { LONGEST_WAIT, 0 };

	if (left < LONGEST_WAIT * NS_PER_SECOND) {
		time[0] = (long)(left / NS_PER_SECOND);
		time[1] = (long)(left % NS_PER_SECOND);
	}
	return arch_call(SYS_ppoll, SYS_ARG(polls), (long)count, SYS_ARG(time),
			 0, 0);
}

/* Any answer but the number of those that have ended is one to nap on. */
static void poll_all(struct watch *watch, struct pollfd *polls)
{
	int code = open_all(watch, polls);
	long ended = 0;

	if (code == 0)
		ended = sleep_until(polls, watch->count, watch->deadline);
	close_own(watch, polls);
	if (ended > 0)
		watch->woken = 1;
	else if ((code < 0 && code != -EAGAIN) ||
		 (ended < 0 && ended != -EINTR))
		libspawn__nap(watch);
}

/*
 * Who was woken and found nothing naps before the next sleep: the process has
 * ended, but it is for its tracer to see that first. ptrace(2)
 */
int libspawn__watch(struct watch *watch)
{
	struct pollfd one;
	struct pollfd *polls = &one;

	if (watch->woken) {
		watch->woken = 0;
		libspawn__nap(watch);
		return 0;
	}
	if (watch->count > 1)
		polls = calloc(watch->count, sizeof *polls);
	if (!polls)
		return -ENOMEM;
	poll_all(watch, polls);
	if (watch->count > 1)
		free(polls);
	return 0;
}

#else

/* watch_kqueue.c has it. */
typedef int watch_is_kqueue;

#endif
