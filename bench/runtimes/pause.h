/* SPDX-License-Identifier: MIT */
/*
 * For programs that start children from an event loop: how many to start, when,
 * and the longest time between two turns of the loop.
 */
#ifndef BENCH_PAUSE_H
#define BENCH_PAUSE_H

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>

#define AT_ONCE 8

struct children {
	char *program;
	int left, running; /* to start; not yet ended */
	uint64_t begin_ns, turn_ns, longest_ns;
};

/* A turn of the loop; whether to start another child in it. */
static inline int take_turn(struct children *children)
{
	uint64_t now = now_ns();

	if (!children->begin_ns)
		children->begin_ns = now;
	else if (now - children->turn_ns > children->longest_ns)
		children->longest_ns = now - children->turn_ns;
	children->turn_ns = now;
	if (!children->left || children->running == AT_ONCE)
		return 0;
	children->left--;
	children->running++;
	return 1;
}

static inline void note_end(struct children *children, int is_good)
{
	if (!is_good)
		_Exit(1);
	children->running--;
}

static inline int all_ended(const struct children *children)
{
	return !children->left && !children->running;
}

/* COUNT PROGRAM. */
static inline struct children read_arguments(char **argv)
{
	return (struct children){ .program = argv[2], .left = atoi(argv[1]) };
}

/* Milliseconds: until all had ended, the longest pause. */
static inline void tell(const struct children *children)
{
	printf("[%g, %g]\n", (double)(now_ns() - children->begin_ns) / 1e6,
	       (double)children->longest_ns / 1e6);
}

#endif
