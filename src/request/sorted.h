/* SPDX-License-Identifier: MIT */
/*
 * Pointers to the elements of a list, in order: what each of many is looked up
 * in, so that no two lists are ever compared element by element.
 */
#ifndef LIBSPAWN_REQUEST_SORTED_H
#define LIBSPAWN_REQUEST_SORTED_H

#include <stddef.h>
#include <stdint.h>

/* Below 0, 0 or above, as a comes before b, with it or after it. */
typedef int compare_elements(const void *a, const void *b);

struct sorted {
	const void **elements;
	uint32_t count;
	compare_elements *compare;
};

/* sorted.c: the memory that so many elements take at most */
size_t libspawn__sorted_bytes(uint32_t most);
/* Begins an empty list in that much memory. */
void libspawn__sorted_begin(struct sorted *list, void *memory,
			    compare_elements *compare);
void libspawn__sorted_add(struct sorted *list, const void *element);
/* When all are there. Those that are alike stay in the order they came in. */
void libspawn__sorted_finish(struct sorted *list);
/* The last one that is like this one, or NULL. */
const void *libspawn__sorted_find(const struct sorted *list,
				  const void *element);

/* Of numbers, for the comparisons. */
static inline int compare_numbers(int32_t a, int32_t b)
{
	return (a > b) - (a < b);
}

#endif
