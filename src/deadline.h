/* SPDX-License-Identifier: MIT */
/*
 * When to give up: nanoseconds of CLOCK_MONOTONIC, reckoned once, so that no
 * number of interruptions makes a wait longer.
 */
#ifndef LIBSPAWN_DEADLINE_H
#define LIBSPAWN_DEADLINE_H

#include <stdint.h>

#define NS_PER_MS INT64_C(1000000)
#define DEADLINE_NEVER INT64_MAX
#define DEADLINE_PASSED INT64_C(0)

/* deadline.c: so many milliseconds from now; below 0: never. */
int64_t libspawn__deadline_after(int64_t timeout_ms);
/* The same of an option, where 0 is never. */
static inline int64_t deadline_within(int64_t timeout_ms)
{
	return timeout_ms ? libspawn__deadline_after(timeout_ms)
			  : DEADLINE_NEVER;
}
/* Nanoseconds that are left; 0 when it has passed. */
int64_t libspawn__deadline_left(int64_t deadline);

#endif
