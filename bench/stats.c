/* SPDX-License-Identifier: MIT */
/* Order statistics of samples in nanoseconds. Nothing here assumes a shape. */
#include "stats.h"

#include <stdlib.h>

static int compare_samples(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

void stats_sort(uint64_t *samples, size_t count)
{
	qsort(samples, count, sizeof *samples, compare_samples);
}

/*
 * The sample below which percent of the sorted samples lie, by the nearest
 * rank, so that it is one that was really seen; the median of an even number
 * is the mean of the middle two.
 */
double stats_percentile(const uint64_t *sorted, size_t count, double percent)
{
	size_t rank;

	if (count == 0)
		return 0;
	if (percent == 50 && count % 2 == 0)
		return ((double)sorted[count / 2 - 1] +
			(double)sorted[count / 2]) /
		       2;
	rank = (size_t)(percent / 100 * (double)count);
	return (double)sorted[rank < count ? rank : count - 1];
}
