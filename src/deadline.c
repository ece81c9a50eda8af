/* SPDX-License-Identifier: MIT */
/* Reckons with deadlines. A timeout of any size has one: none overflows. */
#define _GNU_SOURCE
#include "deadline.h"

#include <time.h>

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 * NS_PER_MS + now.tv_nsec;
}

int64_t libspawn__deadline_after(int64_t timeout_ms)
{
	int64_t now;

	if (timeout_ms < 0)
		return DEADLINE_NEVER;
	if (timeout_ms == 0)
		return DEADLINE_PASSED;
	now = now_ns();
	if (timeout_ms > (DEADLINE_NEVER - now) / NS_PER_MS)
		return DEADLINE_NEVER;
	return now + timeout_ms * NS_PER_MS;
}

int64_t libspawn__deadline_left(int64_t deadline)
{
	int64_t now;

	if (deadline == DEADLINE_NEVER || deadline == DEADLINE_PASSED)
		return deadline;
	now = now_ns();
	return now < deadline ? deadline - now : 0;
}
