/* SPDX-License-Identifier: MIT */
/* Reckons with moments. A timeout of any size has one: none overflows. */
#define _GNU_SOURCE
#include "workers/moment.h"

#include <limits.h>
#include <time.h>

#define NS_OF_SECOND INT64_C(1000000000)
#define NS_OF_MILLISECOND INT64_C(1000000)

static int64_t moment_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_OF_SECOND + now.tv_nsec;
}

int64_t libspawn__moment_after(int64_t timeout_ms)
{
	int64_t now;

	if (timeout_ms < 0)
		return MOMENT_NEVER;
	if (timeout_ms == 0)
		return MOMENT_PASSED;
	now = moment_now();
	if (timeout_ms > (MOMENT_NEVER - now) / NS_OF_MILLISECOND)
		return MOMENT_NEVER;
	return now + timeout_ms * NS_OF_MILLISECOND;
}

int64_t libspawn__moment_timeout(int64_t moment)
{
	int64_t left;

	if (moment == MOMENT_NEVER)
		return -1;
	if (moment == MOMENT_PASSED)
		return 0;
	left = moment - moment_now();
	if (left <= 0)
		return 0;
	return (left - 1) / NS_OF_MILLISECOND + 1;
}

int libspawn__moment_left(int64_t moment)
{
	int64_t left = libspawn__moment_timeout(moment);

	return left > INT_MAX ? INT_MAX : (int)left;
}
