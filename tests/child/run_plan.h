/* SPDX-License-Identifier: MIT */
/*
 * Runs the child's interpreter on a plan written by hand, in a forked child of
 * the test, and keeps what came of it: what the program printed that the plan
 * ends in, the report in memory and the records on the pipe.
 */
#ifndef TESTS_RUN_PLAN_H
#define TESTS_RUN_PLAN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
/* cmocka needs the first four. */
#include <cmocka.h>

#include "child/child.h"
#include "child/launch.h"

#define OPS(...) ((const struct op[]){ __VA_ARGS__ })
#define COUNT(array) (sizeof(array) / sizeof *(array))
/* Run these operations, then the probe with a group of what it observes. */
#define RUN(group, ...)                                                        \
	run_probe(group, OPS(__VA_ARGS__), COUNT(OPS(__VA_ARGS__)))
#define BIT(signal) (UINT64_C(1) << ((signal)-1))

#define need_root()                                                            \
	do {                                                                   \
		if (geteuid() != 0) {                                          \
			print_message("skipped: needs root\n");                \
			skip();                                                \
		}                                                              \
	} while (0)

#define TEST(function) cmocka_unit_test_setup(function, run_plan_set_up)
#define TEST_MAIN(tests)                                                       \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		if (run_plan_main(argc, argv))                                 \
			return 2;                                              \
		return cmocka_run_group_tests((tests), NULL, NULL);            \
	}

enum { RECORDS_MAX = 2048 };

/* What goes in. set_up zeroes all but the path. */
extern char *probe_path;
extern struct launch *launch; /* shared with the child */
extern struct plan plan;
extern char *argv_of_plan[4];
extern void (*before_run)(void); /* in the child */
extern int without_pipe;

/* What came of it. */
extern char text[65536]; /* printed by the program */
extern struct report records[RECORDS_MAX];
extern size_t record_count;
extern pid_t child_pid;
extern int status;

int run_plan_main(int argc, char **argv);
int run_plan_set_up(void **state);
void run_plan(const struct op *ops, size_t count);
/* Runs these operations and the probe after them. */
void run_probe(const char *group, const struct op *ops, size_t count);

/* The value of a key in what the probe printed; fails where there is none. */
const char *seen(const char *key);
/* The program ran, and saw this; the child had announced its exec. */
void assert_seen(const char *key, const char *wanted);
/* The operation failed, and shared memory and pipe say the same of it. */
void assert_failed(uint32_t op, int code, uint32_t state);

#endif
