/* SPDX-License-Identifier: MIT */
/*
 * Deadlines. While nothing runs yet, a timer ends spawn by itself: whatever
 * open() waits for, it can't be late for that. Later the loop looks at the
 * clock, and the timer only interrupts what sleeps.
 */
#define _GNU_SOURCE
#include "clock.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* How often a call is interrupted that may have begun after the last time. */
#define NUDGE_US 100000
/* A timer that is early by less has run out all the same. */
#define TOLERANCE_US 1000

static int64_t alarm_at;
static const char *alarm_text;
static int alarm_status;
static struct sigaction action_before;
static sigset_t mask_before;

int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t deadline_after(int64_t microseconds)
{
	return microseconds == 0 ? NEVER : now_us() + microseconds;
}

bool is_over(int64_t deadline)
{
	return deadline != NEVER && now_us() + TOLERANCE_US >= deadline;
}

int milliseconds_until(int64_t deadline)
{
	int64_t left;

	if (deadline == NEVER)
		return -1;
	left = (deadline - now_us() + 999) / 1000;
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static void set_timer(int64_t microseconds, int64_t interval)
{
	const struct itimerval time = {
		.it_value.tv_sec = (time_t)(microseconds / 1000000),
		.it_value.tv_usec = (suseconds_t)(microseconds % 1000000),
		.it_interval.tv_usec = (suseconds_t)interval,
	};

	setitimer(ITIMER_REAL, &time, NULL);
}

static void arm(int64_t deadline, int64_t interval)
{
	int64_t left = deadline - now_us();

	set_timer(left > 0 ? left : 1, interval);
}

/* A SIGALRM that is not the timer's does what it would have done. */
static void expire(int number)
{
	if (is_over(alarm_at)) {
		/* There is nobody to tell of it that this can't be said. */
		if (write(STDERR_FILENO, alarm_text, strlen(alarm_text)) < 0)
			errno = 0;
		_exit(alarm_status);
	}
	if (action_before.sa_handler == SIG_IGN)
		return;
	signal(number, SIG_DFL);
	raise(number);
}

void begin_alarm(int64_t deadline, const char *text, int status)
{
	struct sigaction action = { .sa_handler = expire,
				    .sa_flags = SA_RESTART };
	sigset_t unblocked;

	alarm_at = deadline;
	alarm_text = text;
	alarm_status = status;
	if (deadline == NEVER)
		return;
	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, &action_before);
	sigemptyset(&unblocked);
	sigaddset(&unblocked, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &unblocked, &mask_before);
	arm(deadline, 0);
}

void end_alarm(void)
{
	if (alarm_at == NEVER)
		return;
	set_timer(0, 0);
	sigaction(SIGALRM, &action_before, NULL);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

void begin_nudging(int64_t deadline)
{
	if (deadline != NEVER)
		arm(deadline, NUDGE_US);
}

void end_nudging(void)
{
	set_timer(0, 0);
}
