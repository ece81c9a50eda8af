/* SPDX-License-Identifier: MIT */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "method.h"

#include <stdint.h>

/* One method's samples in nanoseconds, in the order they were taken. */
struct series {
	const struct method *method;
	const char *missing; /* why it was not measured, or NULL */
	uint64_t *start_ns;  /* from the call to its return */
	uint64_t *total_ns;  /* from the call to the child being reaped */
	size_t wanted;	     /* samples to take; room for as many */
	size_t count;	     /* samples taken */
	size_t starts;	     /* successful starts, with those of the warm-up */
	size_t exits;	     /* children reaped that had exited with 0 */
};

/* measure.c */
struct series *measure_prepare(size_t rounds, size_t resident_mib);
int measure_run(struct series *series, size_t rounds,
		const struct target *target);
void measure_free(struct series *series);

#endif
