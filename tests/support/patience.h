/* SPDX-License-Identifier: MIT */
/*
 * For what comes sooner or later: as long as a busy machine may take for it,
 * which is no part of what a test says. A minute by a clock that nobody sets.
 */
#ifndef TESTS_PATIENCE_H
#define TESTS_PATIENCE_H

#include <time.h>

enum { PATIENCE_S = 60, NAP_NS = 2000000 };

/* Is { 0 } before it is asked for the first time: then the minute begins. */
struct patience {
	time_t end;
};

static inline time_t seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* For a loop that takes its time, or has none. */
static inline int patience_lasts(struct patience *patience)
{
	if (patience->end == 0)
		patience->end = seconds_now() + PATIENCE_S;
	return seconds_now() < patience->end;
}

/* The same, a moment later: for a loop that only looks. */
static inline int patience_naps(struct patience *patience)
{
	const struct timespec nap = { 0, NAP_NS };

	nanosleep(&nap, NULL);
	return patience_lasts(patience);
}

#endif
