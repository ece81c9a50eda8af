/* SPDX-License-Identifier: MIT */
/*
 * Tests that spoil their process: each body runs in a process of its own, in
 * which a failed assertion, a crash, a hang or anything left behind fails the
 * test. All assertions of cmocka and all of support.h work in there, in any
 * thread.
 */
#ifndef TESTS_APART_H
#define TESTS_APART_H

#include "door.h"
#include "own_process.h"
#include "support.h"

/* Run the body apart; the test fails or is skipped as the body was. */
void run_apart(void (*body)(void));
/*
 * The same by halves, for who has to remove what a body has left, whatever
 * became of it: what this returns is for judge_own_process().
 */
int try_apart(void (*body)(void));
/* Kills who is in a cgroup, if the kernel can, and removes it: is it gone? */
int remove_cgroup(const char *folder);
/* The same of one that nobody is in, or who was has just ended. */
int remove_empty_cgroup(const char *folder);
/* In a body: what was left behind is compared from here on. */
void mark_surroundings(void);
/* In a body: nothing has been left behind so far. */
void check_surroundings(void);

/* Options with the backend under test. */
struct libspawn_options plain_options(void);
/* The arguments of a probe that exits with 0 at once. */
extern char *const exit_argv[];
/* Start the probe to exit at once, reap it, and return what was started. */
struct libspawn_process start_and_reap(const struct libspawn_options *options);
/*
 * The same in a body that can't do without what the options ask for: it is
 * skipped where the system says at this step that it lacks that, or grants it
 * to others; any other failure is one of the test.
 */
void need_start(const struct libspawn_options *options, int step,
		const char *lack);
/* In a body: begin a start; skipped where the backend can only wait. */
struct libspawn_pending *begin_apart(const char *program, char *const argv[],
				     const struct libspawn_options *options);

/*
 * The same as start_and_reap(), and again while the maps can't be opened:
 * another start has this process undumpable for longer than the child tries.
 */
void start_among_undumpable(const struct libspawn_options *options);
/* Does the backend's child share the memory of its parent, here and now? */
int memory_is_shared(void);
/* Is vfork() a system call of its own, as it is not on some processors? */
int vfork_is_vfork(void);
/*
 * End the program as skipped where ThreadSanitizer makes vfork() a fork(): in
 * many threads that deadlocks on locks of its own.
 */
void skip_false_vfork(const char *backend);
/* For what libspawn_start() writes on failure only: all bytes are set. */
struct libspawn_error unset_error(void);

/* Start a thread, or fail the test. */
pthread_t start_thread(void *(*run)(void *), void *data);

#endif
