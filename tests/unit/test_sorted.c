/* SPDX-License-Identifier: MIT */
/*
 * Lists in order: what is found in them, and how many comparisons that takes,
 * which is what keeps long lists from taking time that grows with the square.
 */
#include <stdlib.h>

#include "request/sorted.h"
#include "unit.h"

enum { MOST = 65536, LONGEST_SMALL = 6 };

struct element {
	int32_t number;
	uint32_t order; /* in which they came */
};

static struct element elements[MOST];
static uint64_t comparisons;

static int compare(const void *a, const void *b)
{
	const struct element *one = a;
	const struct element *other = b;

	comparisons++;
	return compare_numbers(one->number, other->number);
}

static void fill(uint32_t n, int32_t number)
{
	elements[n].number = number;
	elements[n].order = n;
}

/* Frees with free(list.elements). */
static struct sorted sort_elements(uint32_t count)
{
	struct sorted list;
	void *memory = malloc(libspawn__sorted_bytes(count) + 1);
	uint32_t n;

	assert_non_null(memory);
	libspawn__sorted_begin(&list, memory, compare);
	for (n = 0; n < count; n++)
		libspawn__sorted_add(&list, &elements[n]);
	comparisons = 0;
	libspawn__sorted_finish(&list);
	return list;
}

static void check_order(const struct sorted *list)
{
	const struct element *last = NULL;
	uint32_t n;

	for (n = 0; n < list->count; n++) {
		const struct element *element = list->elements[n];

		if (last)
			assert_true(last->number < element->number ||
				    (last->number == element->number &&
				     last->order < element->order));
		last = element;
	}
}

/* By looking at each, as nobody should. */
static const struct element *find_slowly(int32_t number, uint32_t count)
{
	const struct element *found = NULL;
	uint32_t n;

	for (n = 0; n < count; n++)
		if (elements[n].number == number)
			found = &elements[n];
	return found;
}

static void check_finding(const struct sorted *list, int32_t numbers)
{
	struct element wanted = { 0, 0 };

	for (wanted.number = -1; wanted.number <= numbers; wanted.number++)
		assert_ptr_equal(libspawn__sorted_find(list, &wanted),
				 find_slowly(wanted.number, list->count));
}

static void every_short_list_is_put_in_order(void **state)
{
	uint32_t lists = 1;
	uint32_t count;
	uint32_t list;
	uint32_t n;

	(void)state;
	for (count = 0; count <= LONGEST_SMALL; count++, lists *= count)
		for (list = 0; list < lists; list++) {
			uint32_t rest = list;
			struct sorted sorted;

			for (n = 0; n < count; n++, rest /= count)
				fill(n, (int32_t)(rest % count));
			sorted = sort_elements(count);
			assert_int_equal(sorted.count, count);
			check_order(&sorted);
			check_finding(&sorted, (int32_t)count);
			free(sorted.elements);
		}
}

/* n log n, and one look at each pair where nothing is to be done. */
static void check_work(uint64_t most)
{
	struct sorted list = sort_elements(MOST);

	assert_true(comparisons <= most);
	check_order(&list);
	comparisons = 0;
	assert_ptr_equal(libspawn__sorted_find(&list, list.elements[0]),
			 list.elements[0]);
	assert_true(comparisons <= 18);
	free(list.elements);
}

static void the_most_elements_take_few_comparisons(void **state)
{
	uint32_t n;

	(void)state;
	for (n = 0; n < MOST; n++)
		fill(n, (int32_t)n);
	check_work(MOST);
	for (n = 0; n < MOST; n++)
		fill(n, (int32_t)(MOST - n));
	check_work(17 * (uint64_t)MOST);
	/* 40503 has no divisor in common with 65536: each number once. */
	for (n = 0; n < MOST; n++)
		fill(n, (int32_t)(n * 40503u % MOST));
	check_work(17 * (uint64_t)MOST);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_short_list_is_put_in_order),
	cmocka_unit_test(the_most_elements_take_few_comparisons),
};

UNIT_MAIN(tests)
