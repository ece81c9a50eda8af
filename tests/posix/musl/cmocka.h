/* SPDX-License-Identifier: MIT */
/*
 * The part of cmocka that these tests use, for a C library that has none: an
 * assertion that fails ends the process, which is a case's own.
 */
#ifndef TESTS_POSIX_MUSL_CMOCKA_H
#define TESTS_POSIX_MUSL_CMOCKA_H

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
	const char *name;
	void (*run)(void **);
	void *setup, *teardown, *state;
};

extern jmp_buf stand_in_jump;

#define print_message(...) printf(__VA_ARGS__)
#define print_error(...) fprintf(stderr, __VA_ARGS__)
#define skip() longjmp(stand_in_jump, 1)
#define fail_here(...)                                                         \
	do {                                                                   \
		fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                \
		fprintf(stderr, __VA_ARGS__);                                  \
		fputc('\n', stderr);                                           \
		fflush(NULL);                                                  \
		if (getenv("CMOCKA_TEST_ABORT"))                               \
			abort();                                               \
		longjmp(stand_in_jump, 2);                                     \
	} while (0)
#define assert_true(value)                                                     \
	do {                                                                   \
		if (!(value))                                                  \
			fail_here("%s", #value);                               \
	} while (0)
#define assert_false(value) assert_true(!(value))
#define assert_non_null(value) assert_true((value) != NULL)
#define assert_null(value) assert_true((value) == NULL)
#define assert_int_equal(left, right)                                          \
	do {                                                                   \
		long long left_value = (long long)(left);                      \
		long long right_value = (long long)(right);                    \
		if (left_value != right_value)                                 \
			fail_here("%s is %lld, not %lld", #left, left_value,   \
				  right_value);                                \
	} while (0)
#define assert_int_not_equal(left, right) assert_true((left) != (right))
#define assert_string_equal(left, right)                                       \
	do {                                                                   \
		const char *left_text = (left), *right_text = (right);         \
		if (strcmp(left_text, right_text) != 0)                        \
			fail_here("%s is \"%s\", not \"%s\"", #left,           \
				  left_text, right_text);                      \
	} while (0)

int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests,
			    size_t count, void *setup, void *teardown);

#endif
