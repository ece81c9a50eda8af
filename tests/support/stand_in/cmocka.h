/* SPDX-License-Identifier: MIT */
/*
 * Stands in for cmocka where there is none: other processors and systems. It
 * has what the tests of this tree use, under cmocka's names, and no more.
 */
#ifndef TESTS_STAND_IN_CMOCKA_H
#define TESTS_STAND_IN_CMOCKA_H

#include <stddef.h>
#include <stdint.h>

typedef int (*CMFixtureFunction)(void **state);

struct CMUnitTest {
	const char *name;
	void (*test_func)(void **state);
	CMFixtureFunction setup_func;
	CMFixtureFunction teardown_func;
	void *initial_state;
};

#define cmocka_unit_test(f)                                                    \
	{                                                                      \
#f, f, NULL, NULL, NULL                                        \
	}
#define cmocka_unit_test_setup(f, setup)                                       \
	{                                                                      \
#f, f, setup, NULL, NULL                                       \
	}
#define cmocka_unit_test_setup_teardown(f, setup, teardown)                    \
	{                                                                      \
#f, f, setup, teardown, NULL                                   \
	}
#define cmocka_run_group_tests(tests, setup, teardown)                         \
	_cmocka_run_group_tests(#tests, tests,                                 \
				sizeof(tests) / sizeof *(tests), setup,        \
				teardown)

/* stand_in.c */
int _cmocka_run_group_tests(const char *group, const struct CMUnitTest *tests,
			    size_t count, CMFixtureFunction setup,
			    CMFixtureFunction teardown);
/* A pattern with '*' of the tests to run; the variable is older. */
void cmocka_set_test_filter(const char *pattern);
__attribute__((format(printf, 1, 2))) void print_message(const char *format,
							 ...);
__attribute__((format(printf, 1, 2))) void print_error(const char *format, ...);
/* Both leave the test. */
_Noreturn void stand_in_skip(void);
_Noreturn void stand_in_fail(const char *file, int line);

#define skip() stand_in_skip()
#define fail() stand_in_fail(__FILE__, __LINE__)
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), fail())

/* Each fails the test unless it holds, having printed what it was given. */
void stand_in_true(int holds, const char *text, const char *file, int line);
void stand_in_equal(int wanted, uint64_t a, uint64_t b, const char *file,
		    int line);
void stand_in_text(int wanted, const char *a, const char *b, const char *file,
		   int line);
void stand_in_bytes(const void *a, const void *b, size_t size, const char *file,
		    int line);

#define assert_true(c) stand_in_true((c) != 0, #c, __FILE__, __LINE__)
#define assert_false(c) stand_in_true((c) == 0, "not " #c, __FILE__, __LINE__)
#define assert_null(p)                                                         \
	stand_in_true((p) == NULL, #p " is NULL", __FILE__, __LINE__)
#define assert_non_null(p)                                                     \
	stand_in_true((p) != NULL, #p " is not NULL", __FILE__, __LINE__)
#define assert_ptr_equal(a, b)                                                 \
	stand_in_true((a) == (b), #a " is " #b, __FILE__, __LINE__)
#define assert_ptr_not_equal(a, b)                                             \
	stand_in_true((a) != (b), #a " is not " #b, __FILE__, __LINE__)
#define assert_in_range(n, low, high)                                          \
	stand_in_true((n) >= (low) && (n) <= (high), #n " in range", __FILE__, \
		      __LINE__)
#define assert_int_equal(a, b)                                                 \
	stand_in_equal(1, (uint64_t)(a), (uint64_t)(b), __FILE__, __LINE__)
#define assert_int_not_equal(a, b)                                             \
	stand_in_equal(0, (uint64_t)(a), (uint64_t)(b), __FILE__, __LINE__)
#define assert_string_equal(a, b) stand_in_text(1, a, b, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) stand_in_text(0, a, b, __FILE__, __LINE__)
#define assert_memory_equal(a, b, size)                                        \
	stand_in_bytes(a, b, size, __FILE__, __LINE__)

#endif
