/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "beat.h"
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { PERIOD_NS = 1000000 };

_Noreturn void beat_give_up(const char *what)
{
	printf("failed %s\n", what);
	exit(1);
}

void beat_begin(struct beat *beat, unsigned long ms)
{
	const struct itimerspec each = { { 0, PERIOD_NS }, { 0, PERIOD_NS } };

	*beat = (struct beat){ .fd = timerfd_create(CLOCK_MONOTONIC,
						    TFD_CLOEXEC |
							    TFD_NONBLOCK) };
	if (beat->fd < 0)
		beat_give_up("no timer");
	beat->begin_ns = now_ns();
	beat->end_ns = beat->begin_ns + ms * PERIOD_NS;
	beat->due_ns = beat->begin_ns + PERIOD_NS;
	if (timerfd_settime(beat->fd, 0, &each, NULL) < 0)
		beat_give_up("no timer");
}

void beat_hear(struct beat *beat)
{
	uint64_t count;
	uint64_t late;

	if (read(beat->fd, &count, sizeof count) != sizeof count)
		return;
	late = now_ns() - beat->due_ns;
	if (late > beat->worst_ns && late < INT64_MAX)
		beat->worst_ns = late;
	beat->due_ns += count * PERIOD_NS;
}

int beat_is_over(const struct beat *beat)
{
	return now_ns() >= beat->end_ns;
}

void beat_tell(const struct beat *beat)
{
	double seconds = (double)(now_ns() - beat->begin_ns) / 1e9;

	printf("%.1f %.1f\n", (double)beat->started / seconds,
	       (double)beat->worst_ns / 1e3);
}
