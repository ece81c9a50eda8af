/* SPDX-License-Identifier: MIT */
/*
 * Lists of strings and their copies, in memory of which every byte too many is
 * noticed. Where exec has put this program's strings they are written over, as
 * setproctitle(3) does, and put back after each test.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/text.h"
#include "request/caller.h"
#include "unit.h"

/* What is written over, behind the copy, and how far apart is too far. */
enum { PLACE = 48, TAIL_SIZE = 64, TAIL_BYTE = 0xa5, TOO_FAR = 1100 };

static char saved[PLACE];
static struct text text;
static char *block;

/* The last bytes of the first environment. */
static char *place(void)
{
	const struct caller_text first = libspawn__caller_text();

	if (first.end - first.begin < PLACE)
		return NULL;
	return (char *)(first.end - PLACE);
}

static int save_place(void **state)
{
	(void)state;
	if (place())
		memcpy(saved, place(), PLACE);
	return 0;
}

static int restore_place(void **state)
{
	(void)state;
	if (place())
		memcpy(place(), saved, PLACE);
	free(block);
	block = NULL;
	return 0;
}

/* Up to PLACE bytes, the last of them a NUL, at the end of the place. */
static char *put(const char *bytes, size_t count)
{
	char *end = place();

	if (!end) {
		print_message("no strings of exec's are found here\n");
		skip();
	}
	end += PLACE - count;
	memcpy(end, bytes, count);
	return end;
}
#define PUT(literal) put(literal, sizeof(literal))

static char *const *copy_measured(void)
{
	struct arena arena;
	char *const *own;
	size_t n;

	block = malloc(text.bytes + TAIL_SIZE);
	assert_non_null(block);
	memset(block, TAIL_BYTE, text.bytes + TAIL_SIZE);
	arena.next = block;
	own = libspawn__text_copy(&text, &arena);
	assert_ptr_equal(arena.next, block + text.bytes);
	for (n = 0; n < TAIL_SIZE; n++)
		assert_int_equal((unsigned char)arena.next[n], TAIL_BYTE);
	return own;
}

static int is_own(const char *string)
{
	return (uintptr_t)string - (uintptr_t)block < text.bytes;
}

/* Measured and copied; each is the same, and is the copy's own. */
static char *const *copy(char *const *strings)
{
	char *const *own;
	uint32_t n;

	libspawn__text_measure(&text, strings, NULL);
	own = copy_measured();
	for (n = 0; strings[n]; n++) {
		assert_string_equal(own[n], strings[n]);
		assert_true(is_own(own[n]));
	}
	assert_null(own[n]);
	return own;
}

static void what_lies_in_one_piece_is_copied_in_one(void **state)
{
	char *piece = PUT("A=1\0BC=2\0\0D=3");
	char *const list[] = { piece + 10, piece, piece + 4, NULL };
	char *const *own = copy(list);

	(void)state;
	assert_int_equal(text.others, 0);
	assert_int_equal(text.piece_bytes, 14);
	assert_ptr_equal(own[0], own[1] + 10);
	assert_ptr_equal(own[2], own[1] + 4);
}

static void what_lies_elsewhere_is_copied_with_it(void **state)
{
	char *piece = PUT("not this\0A=1\0BC=2");
	char outer[] = "OUTER=1", empty[] = "";
	char *const list[] = { outer,	   piece + 9, empty, outer,
			       piece + 13, outer,     NULL };

	(void)state;
	copy(list);
	assert_int_equal(text.others, 4);
	assert_int_equal(text.piece_bytes, 9);
}

static void one_string_may_be_a_part_of_another(void **state)
{
	char *piece = PUT("A=123\0B=456");
	char *const list[] = { piece + 2, piece, piece, piece + 9, NULL };

	(void)state;
	copy(list);
	assert_int_equal(text.piece_bytes, 12);
}

/* A title written over several of them leaves no NUL in between. */
static void one_string_may_run_into_the_next(void **state)
{
	char *piece = PUT("A=1 B=2 C=3");
	char *const list[] = { piece + 4, piece, piece + 8, NULL };
	char *const *own = copy(list);

	(void)state;
	assert_string_equal(own[1], "A=1 B=2 C=3");
}

static void what_lies_far_apart_is_copied_one_by_one(void **state)
{
	char *last = PUT("B=2");
	const struct caller_text first = libspawn__caller_text();
	char *const list[] = { last, last - TOO_FAR, NULL };

	(void)state;
	if ((uintptr_t)last - first.begin < TOO_FAR) {
		print_message("the environment is too small for it\n");
		skip();
	}
	copy(list);
	assert_int_equal(text.others, 2);
	assert_int_equal(text.piece_bytes, 0);
	assert_true(text.bytes < TOO_FAR);
}

static void one_that_is_kept_is_not_copied(void **state)
{
	char kept[] = "LISTEN_PID=1234567890", outer[] = "A=1";
	char *const list[] = { outer, kept, NULL };
	char *const *own;

	(void)state;
	libspawn__text_measure(&text, list, kept);
	own = copy_measured();
	assert_string_equal(own[0], "A=1");
	assert_ptr_equal(own[1], kept);
	assert_int_equal(text.bytes, arena_round(sizeof list) + arena_round(4));
}

/* By another thread, which is its caller's fault: nothing is read beyond. */
static void one_that_grows_meanwhile_is_cut(void **state)
{
	char *piece = PUT("A=1\0B=2\0..\0");
	char *const list[] = { piece, piece + 4, NULL };
	char *const *own;

	(void)state;
	libspawn__text_measure(&text, list, NULL);
	piece[7] = '3';
	own = copy_measured();
	assert_string_equal(own[0], "A=1");
	assert_string_equal(own[1], "B=2");
}

static void an_empty_list_is_empty(void **state)
{
	char *const list[] = { NULL };

	(void)state;
	copy(list);
	assert_int_equal(text.bytes, arena_round(sizeof list));
}

static void the_programs_own_environment_is_copied(void **state)
{
	(void)state;
	copy(libspawn__caller_environ());
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, save_place, restore_place)

static const struct CMUnitTest tests[] = {
	TEST(what_lies_in_one_piece_is_copied_in_one),
	TEST(what_lies_elsewhere_is_copied_with_it),
	TEST(one_string_may_be_a_part_of_another),
	TEST(one_string_may_run_into_the_next),
	TEST(what_lies_far_apart_is_copied_one_by_one),
	TEST(one_that_is_kept_is_not_copied),
	TEST(one_that_grows_meanwhile_is_cut),
	TEST(an_empty_list_is_empty),
	TEST(the_programs_own_environment_is_copied),
};

UNIT_MAIN(tests)
