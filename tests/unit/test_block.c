/* SPDX-License-Identifier: MIT */
/* The memory of a start: who has it, and that the next start gets it again. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "plan/block.h"
#include "unit.h"

enum { FEW = 1000, MANY = 100000, ROUNDS = 2000, THREADS = 4 };

static void take(struct block *block, size_t bytes)
{
	assert_int_equal(libspawn__block_take(block, 1, bytes), 0);
}

/* As a start uses it: to the last byte. */
static void fill(struct block *block, size_t bytes, int value)
{
	memset(block->launch->stack, value, block->launch->stack_size);
	memset(block->launch->shell_argv, value, 4 * sizeof(char *));
	memset(arena_take(&block->arena, bytes), value, bytes);
}

static void a_block_given_back_is_the_next_ones(void **state)
{
	struct block one = { 0 };
	struct block other = { 0 };
	const void *memory;

	(void)state;
	libspawn__block_free(&one);
	take(&one, FEW);
	fill(&one, FEW, 0xff);
	memory = one.memory;
	libspawn__block_free(&one);
	take(&other, FEW);
	assert_ptr_equal(other.memory, memory);
	assert_int_equal(other.launch->occupied, 0);
	libspawn__block_free(&other);
}

static void two_starts_have_a_block_each(void **state)
{
	struct block one;
	struct block other;

	(void)state;
	take(&one, FEW);
	take(&other, MANY);
	fill(&one, FEW, 1);
	fill(&other, MANY, 2);
	assert_int_equal(one.launch->stack[0], 1);
	libspawn__block_free(&one);
	libspawn__block_free(&other);
	take(&one, FEW);
	take(&other, FEW);
	assert_ptr_not_equal(one.memory, other.memory);
	libspawn__block_free(&one);
	libspawn__block_free(&other);
}

/* The second piece is of the block or not; it is whole, and aligned. */
static void ask_for_more(size_t bytes, int is_within)
{
	struct block block;
	struct arena more;
	char *end;

	take(&block, FEW);
	fill(&block, FEW, 1);
	assert_int_equal(libspawn__block_more(&block, bytes, &more), 0);
	end = block.memory + block.size;
	assert_int_equal(more.next >= block.memory && more.next < end,
			 is_within);
	assert_int_equal((uintptr_t)more.next % ARENA_ALIGNMENT, 0);
	memset(more.next, 2, bytes);
	assert_int_equal(block.launch->stack[0], 1);
	libspawn__block_free(&block);
}

static void what_is_known_late_finds_room(void **state)
{
	(void)state;
	ask_for_more(FEW, 1);
	ask_for_more(MANY, 0);
}

static void *take_and_look(void *data)
{
	const int value = *(int *)data;
	struct block block;
	size_t wrong = 0;
	int n;

	for (n = 0; n < ROUNDS; n++) {
		if (libspawn__block_take(&block, 1, FEW) < 0)
			return data;
		memset(block.launch->stack, value, FEW);
		sched_yield();
		wrong += block.launch->stack[0] != value ||
			 block.launch->stack[FEW - 1] != value;
		libspawn__block_free(&block);
	}
	return wrong ? data : NULL;
}

static void no_two_threads_have_the_same_block(void **state)
{
	pthread_t threads[THREADS];
	int values[THREADS];
	void *wrong;
	int n;

	(void)state;
	for (n = 0; n < THREADS; n++) {
		values[n] = n + 1;
		assert_int_equal(pthread_create(&threads[n], NULL,
						take_and_look, &values[n]),
				 0);
	}
	for (n = 0; n < THREADS; n++) {
		assert_int_equal(pthread_join(threads[n], &wrong), 0);
		assert_null(wrong);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_given_back_is_the_next_ones),
		cmocka_unit_test(two_starts_have_a_block_each),
		cmocka_unit_test(what_is_known_late_finds_room),
		cmocka_unit_test(no_two_threads_have_the_same_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
