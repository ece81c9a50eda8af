/* SPDX-License-Identifier: MIT */
/*
 * What the tests of libspawn_start() share: which backend is under test, how
 * to start the probe and read what it saw, how to expect a refusal, and the
 * check before and after every test that nothing was left behind.
 *
 * A test program takes the backend's name and the probe's path as arguments
 * and lists its tests with TEST() in TEST_MAIN().
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above. */
#include <cmocka.h>

#include "libspawn.h"
#include "own_process.h"

struct stat;

/* The backend under test, and the absolute path of the probe. */
extern uint32_t support_backend;
extern const char *support_probe;

/* What a started program was and what it printed. */
struct seen {
	struct libspawn_process process;
	int read_fd; /* its output, until collect() */
	int status;  /* of waitpid(), after collect() */
	char *text;  /* lines of key=value, each ended by a NUL */
	size_t length;
	struct seen *next;
};

/* An options struct with nothing but its size set. */
#define OPTIONS .size = sizeof(struct libspawn_options)

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, support_setup,               \
					support_teardown)

/* End the test as skipped, and say why. */
#define skip_with_reason(...)                                                  \
	do {                                                                   \
		print_message("skipped: ");                                    \
		print_message(__VA_ARGS__);                                    \
		print_message("\n");                                           \
		count_skip();                                                  \
		skip();                                                        \
	} while (0)

/* Skip unless this process may change its ids and limits. */
#define need_root()                                                            \
	do {                                                                   \
		if (!support_is_root())                                        \
			skip_with_reason("needs root");                        \
	} while (0)

/* Return from a test whose options a backend must decline, having checked. */
#define return_if_declined_by(backends, options, step)                         \
	do {                                                                   \
		if ((backends) >> support_backend & 1) {                       \
			expect_decline((options), (step));                     \
			return;                                                \
		}                                                              \
	} while (0)
#define VFORK_DECLINES (1u << LIBSPAWN_BACKEND_VFORK)
#define POSIX_SPAWN_DECLINES (1u << LIBSPAWN_BACKEND_POSIX_SPAWN)
/* On other systems than Linux, all of them. */
#define ELSEWHERE_DECLINES (support_is_linux() ? 0 : ~0u)

#define assert_seen(seen, key, value)                                          \
	assert_string_equal(seen_text((seen), (key)), (value))

int support_main(int argc, char **argv, const struct CMUnitTest *tests,
		 size_t count);
#define TEST_MAIN(tests)                                                       \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		return support_main(argc, argv, (tests),                       \
				    sizeof(tests) / sizeof(tests)[0]);         \
	}

/* Note what is open, mapped and unreaped; afterwards compare. */
int support_setup(void **state);
int support_teardown(void **state);
/* Threads leave their cached stacks: don't compare mappings this time. */
void support_ignore_mappings(void);
/* How many descriptors this process has open. */
int count_open(void);
/* Nobody is left to be waited for, in any way. */
void assert_no_child(void);
int support_is_root(void);
int support_is_linux(void);
/* Whether a sanitizer has memory of its own in this process. */
int support_is_instrumented(void);
/*
 * The signals by whose numbers the probe and this process mean the same: all,
 * but in an emulator (LIBSPAWN_EMULATED is set) only those that it hands on,
 * and on other systems those that all of them have.
 */
uint64_t support_signals(void);
/* What every start that closes the others falls back for on this kernel. */
uint32_t support_own_fallbacks(void);
/* This kernel's version is at least that. */
int support_has_kernel(int major, int minor);
/*
 * Before Linux 5.16 whoever dies with a core dump takes along all that share
 * its memory: not a thing to try, but with a child that was forked.
 */
int support_death_is_catching(void);
/* Take all effective capabilities away, or take them up again. Linux. */
void support_set_power(int has_power);
/* Has this effective capability (CAP_... of linux/capability.h). */
int support_has_cap(int number);

/*
 * Start a program with the backend under test and its output captured: the
 * table gets a row that makes out_fd the writing end of a pipe. Asserts that
 * it started and that the backend asked for is the one that ran.
 */
struct seen *start_program(const struct libspawn_options *options,
			   const char *program, char *const argv[], int out_fd);
/* Read to the end of file, then wait. Needed once after each start. */
void collect(struct seen *seen);
/* Both. */
struct seen *run_program(const struct libspawn_options *options,
			 const char *program, char *const argv[], int out_fd);
/* Start the probe with "print" and these commands, split at spaces. */
struct seen *start_probe(const struct libspawn_options *options,
			 const char *commands);
/* The same, collected; asserts that the probe exited with 0. */
struct seen *run_probe(const struct libspawn_options *options,
		       const char *commands);
/* The same with the answers on this descriptor, for use of 1 by a test. */
struct seen *run_probe_at(int out_fd, const struct libspawn_options *options,
			  const char *commands);

/* The value of that key is the identity of this file. */
void assert_seen_id(const struct seen *seen, const char *key, const char *path);
/* What the probe saw at that number is this file, or what is open here. */
void assert_is(const struct seen *seen, int child_fd, const struct stat *st);
void assert_is_file(const struct seen *seen, int child_fd, int parent_fd);
/* The value of a key. seen_text() fails the test where there is none. */
const char *seen_text(const struct seen *seen, const char *key);
const char *seen_find(const struct seen *seen, const char *key);
long seen_number(const struct seen *seen, const char *key);
uint64_t seen_set(const struct seen *seen, const char *key);
/* The value of a variable in the probe's environment, or NULL. */
const char *seen_variable(const struct seen *seen, const char *name);

/* 0, or what the kernel says of a start of the probe; asserts at which step. */
int support_refusal(const struct libspawn_options *options, int step);

/*
 * Expect the start of a program to fail: assert code, step and index, that
 * the code was returned, that the error's other fields are right and that
 * *process was not touched. Returns the error for more assertions.
 */
struct libspawn_error expect_failure(const struct libspawn_options *options,
				     const char *program, char *const argv[],
				     int code, int step, int index);
/* The same with the probe. The backend must be the one under test. */
void expect_probe_failure(const struct libspawn_options *options, int code,
			  int step, int index);
/*
 * The same in a caller without effective capabilities, which the kernel
 * refuses what it would grant to root.
 */
void expect_powerless_failure(const struct libspawn_options *options, int code,
			      int step, int index);
/* The same for a request without a meaning; libspawn_query() must agree. */
void expect_invalid(const struct libspawn_options *options, int code, int step,
		    int index);
/* ENOTSUP at this step, before a process exists; libspawn_query() agrees. */
void expect_decline(const struct libspawn_options *options, int step);

#endif
