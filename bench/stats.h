/* SPDX-License-Identifier: MIT */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

/* stats.c */
void stats_sort(uint64_t *samples, size_t count);
double stats_percentile(const uint64_t *sorted, size_t count, double percent);

#endif
