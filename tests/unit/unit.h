/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the parent's pure functions share: the way from options
 * to a plan, in memory of which every byte too many is noticed.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above. */
#include <cmocka.h>

#include "plan/planner.h"

#define OPTIONS .size = sizeof(struct libspawn_options)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The child's end that row n of a table would have, less n. */
enum { FIRST_MADE_FD = 100000 };

/* A request on its way to a plan. */
struct compiled {
	struct request request;
	struct failure failure;
	struct plan_room room;
	struct arena arena;
	const struct plan *plan;
	char *memory;
};

/*
 * unit.c: fills the request; what is NULL in options, argv or program gets
 * something harmless. Returns what libspawn__options_read() says.
 */
int request_read(struct compiled *compiled, const char *program,
		 char *const argv[], const struct libspawn_options *options);
/* Measures and builds; the request may be changed before, or in between. */
int plan_measure(struct compiled *compiled);
int plan_build(struct compiled *compiled);
/* All of these; asserts that they succeed. Frees with plan_free(). */
void plan_compile(struct compiled *compiled, const char *program,
		  const struct libspawn_options *options);
void plan_free(struct compiled *compiled);
/* Asserts that its operations are in the order that libspawn.h has. */
void plan_check_order(const struct plan *plan);
/* Asserts that options have no meaning, at this step and index. */
void expect_refusal(const struct libspawn_options *options, int code, int step,
		    int index);

/* Descriptors open in this process. */
int count_open(void);

/* Runs a list of struct CMUnitTest; the environment may name some of them. */
int unit_main(const struct CMUnitTest *tests, size_t count);
#define UNIT_MAIN(tests)                                                       \
	int main(void)                                                         \
	{                                                                      \
		return unit_main(tests, COUNT(tests));                         \
	}

#endif
