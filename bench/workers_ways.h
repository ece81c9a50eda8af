/* SPDX-License-Identifier: MIT */
/* What bench/workers.c measures. */
#ifndef BENCH_WORKERS_WAYS_H
#define BENCH_WORKERS_WAYS_H

#include <stddef.h>

/* A way, and what it takes, in microseconds. */
struct way {
	const char *name;
	double (*run)(void);
};

/* workers_ways.c: up to one without a name. */
extern const struct way ways[];
/* Has so much memory from now on. */
void use_memory(size_t bytes);
/* With so much memory, which this process touches as well. */
void have_template(size_t bytes);
_Noreturn void give_up(const char *what);

#endif
