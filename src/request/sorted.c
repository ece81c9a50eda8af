/* SPDX-License-Identifier: MIT */
/*
 * Sorts by merging, which never takes more than n log n comparisons, and n for
 * a list that is in order already. The C library's sort would be a cold call,
 * and may allocate.
 */
#include "request/sorted.h"

#include <string.h>

/* The second half is where a run waits while it is merged with the next. */
size_t libspawn__sorted_bytes(uint32_t most)
{
	return 2 * sizeof(const void *) * most;
}

void libspawn__sorted_begin(struct sorted *list, void *memory,
			    compare_elements *compare)
{
	list->elements = memory;
	list->count = 0;
	list->compare = compare;
}

void libspawn__sorted_add(struct sorted *list, const void *element)
{
	list->elements[list->count++] = element;
}

/* Makes one run of two: the first `left` of `count`, and the others. */
static void merge_runs(const struct sorted *list, const void **run,
		       uint32_t left, uint32_t count)
{
	const void **waiting = list->elements + list->count;
	uint32_t first = 0;
	uint32_t second = left;
	uint32_t to = 0;

	if (list->compare(run[left - 1], run[left]) <= 0)
		return;
	memcpy(waiting, run, left * sizeof *run);
	while (first < left && second < count)
		if (list->compare(waiting[first], run[second]) <= 0)
			run[to++] = waiting[first++];
		else
			run[to++] = run[second++];
	memcpy(run + to, waiting + first, (left - first) * sizeof *run);
}

void libspawn__sorted_finish(struct sorted *list)
{
	uint32_t width;
	uint32_t at;

	for (width = 1; width < list->count; width *= 2)
		for (at = 0; at + width < list->count; at += 2 * width) {
			uint32_t rest = list->count - at;

			merge_runs(list, list->elements + at, width,
				   rest < 2 * width ? rest : 2 * width);
		}
}

const void *libspawn__sorted_find(const struct sorted *list,
				  const void *element)
{
	uint32_t low = 0;
	uint32_t high = list->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (list->compare(list->elements[middle], element) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || list->compare(list->elements[low - 1], element) != 0)
		return NULL;
	return list->elements[low - 1];
}
