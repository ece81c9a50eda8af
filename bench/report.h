/* SPDX-License-Identifier: MIT */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "measure.h"

#include <stdbool.h>

/* What the samples of one run come to, in microseconds. */
struct summary {
	const struct series *series;
	size_t resident_mib;
	double start_p50_us;
	double start_p99_us;
	double total_p50_us;
	double ratio_to_floor;
};

/* report.c */
void report_run(struct series *series, size_t resident_mib, int cpu, bool json);

#endif
