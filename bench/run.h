/* SPDX-License-Identifier: MIT */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "method.h"

#include <stdint.h>

/* One start. Times are CLOCK_MONOTONIC. */
struct sample {
	size_t method;
	uint64_t before_ns;
	uint64_t returned_ns;
	uint64_t reaped_ns;
	uint64_t begun_ns; /* 0 where the thread waits */
	uint64_t stall_ns; /* the bystander's longest turn meanwhile */
};

/* A delay put into one method on purpose: the harness must notice it. */
struct slowness {
	const char *method;
	unsigned long microseconds;
};

struct failure {
	const struct method *method;
	const char *what;
	int value;
};

/*
 * Rounds to be made: in each, every method makes `burst` starts one after the
 * other on each of `threads` threads at once.
 */
struct run {
	const struct target *target;
	const struct slowness *slowness;
	const struct method *const *table;
	size_t *methods; /* indices into table; shuffled */
	size_t count;
	size_t rounds;
	size_t threads;
	size_t burst;
	struct sample *samples;
	size_t taken;
	struct failure failure; /* the first */
};

#endif
