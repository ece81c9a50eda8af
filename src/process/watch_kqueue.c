/* SPDX-License-Identifier: MIT */
/*
 * Waking when a process ends, as BSD and macOS have it: kqueue(2), which takes
 * pids. Where there is neither that nor a pidfd, a nap must do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>

#include "child/sys.h"
#include "deadline.h"
#include "process/end.h"
#include "process/process.h"

#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) ||       \
	defined(__OpenBSD__) || defined(__DragonFly__)

#include <fcntl.h>
#include <sys/event.h>
#include <sys/types.h>
#include <unistd.h>

enum { LONGEST_WAIT = 86400 };

#define NS_PER_SECOND INT64_C(1000000000)

/* 0, or -errno: ESRCH for one that has ended before. */
static int add_process(int queue, const struct libspawn_process *process)
{
	const struct timespec none = { 0, 0 };
	struct kevent event;

	EV_SET(&event, (uintptr_t)process->pid, EVFILT_PROC,
	       EV_ADD | EV_ONESHOT, NOTE_EXIT, 0, 0);
	return kevent(queue, &event, 1, NULL, 0, &none) < 0 ? -errno : 0;
}

/* The same; ESRCH, too, if other threads have reaped them all by now. */
static int add_all(int queue, const struct watch *watch)
{
	const struct libspawn_process *process;
	int code = -ESRCH;
	size_t n;

	for (n = 0; n < watch->count; n++) {
		process = watch->processes[n];
		if (!process || libspawn__end_is_told(process))
			continue;
		code = add_process(queue, process);
		if (code < 0)
			return code;
	}
	return code;
}

static int sleep_in(int queue, int64_t deadline)
{
	int64_t left = libspawn__deadline_left(deadline);
	struct timespec time = { LONGEST_WAIT, 0 };
	struct kevent event;

	if (left < LONGEST_WAIT * NS_PER_SECOND) {
		time.tv_sec = (time_t)(left / NS_PER_SECOND);
		time.tv_nsec = (long)(left % NS_PER_SECOND);
	}
	return kevent(queue, NULL, 0, &event, 1, &time);
}

/* The event comes a little before the process can be waited for. */
int libspawn__watch(struct watch *watch)
{
	int queue;
	int code;

	if (watch->woken) {
		watch->woken = 0;
		libspawn__nap(watch);
		return 0;
	}
	queue = kqueue();
	if (queue < 0) {
		libspawn__nap(watch);
		return 0;
	}
	fcntl(queue, F_SETFD, FD_CLOEXEC);
	code = add_all(queue, watch);
	watch->woken = code == -ESRCH;
	if (code == 0)
		watch->woken = sleep_in(queue, watch->deadline) > 0;
	else if (code != -ESRCH)
		libspawn__nap(watch);
	close(queue);
	return 0;
}

#elif !SYS_IS_LINUX

int libspawn__watch(struct watch *watch)
{
	libspawn__nap(watch);
	return 0;
}

#else

/* watch_linux.c has it. */
typedef int watch_is_linux;

#endif
