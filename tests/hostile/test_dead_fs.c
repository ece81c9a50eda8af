/* SPDX-License-Identifier: MIT */
/*
 * An executable on a file system that does not answer: exec waits for ever. A
 * start with a deadline returns, and leaves nothing; where the kernel does not
 * let the process go either, this is said, and a later call sees to it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "dead_fs.h"

enum { STARTS = 1000, BYTES_SLACK = 16384 };

static struct dead_fs fs;

static int goes_on(void)
{
	return support_backend == LIBSPAWN_BACKEND_CLONE ||
	       support_backend == LIBSPAWN_BACKEND_FORK;
}

static int start_dead(int64_t timeout_ms, struct libspawn_error *error)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process;

	options.start_timeout_ms = timeout_ms;
	return libspawn_start(&process, fs.program, exit_argv, &options, error);
}

/* Before there is a file system, which a skipped test would leave. */
static void need_no_waiting(void)
{
	const struct libspawn_options options = plain_options();
	struct libspawn_pending *pending =
		begin_apart(support_probe, exit_argv, &options);
	struct libspawn_process process;

	assert_int_equal(libspawn_finish(pending, -1, &process, NULL), 0);
	assert_int_equal(reap(process.pid), 0);
}

/* As late as it takes the child to come to exec, where it tells. */
static void assert_exec_is_told(void)
{
	struct libspawn_error error = unset_error();
	int64_t ms = 2;

	do
		assert_int_equal(start_dead(ms, &error), ETIMEDOUT);
	while (error.step != LIBSPAWN_STEP_EXEC && (ms *= 2) < 60000);
	assert_int_equal(error.code, ETIMEDOUT);
	assert_int_equal(error.step, LIBSPAWN_STEP_EXEC);
}

static void deadline_body(void)
{
	struct libspawn_error error;
	int open_before;
	size_t bytes;

	need_no_waiting();
	make_dead_fs(&fs, DEAD_FS_DEAF);
	if (support_backend == LIBSPAWN_BACKEND_CLONE)
		assert_exec_is_told();
	else
		start_dead(2, &error);
	sweep_starts();
	open_before = count_open();
	bytes = mallinfo2().uordblks;
	for (int n = 0; n < (runs_slowly() ? 20 : STARTS); n++)
		assert_int_equal(start_dead(1, &error), ETIMEDOUT);
	sweep_starts();
	assert_no_child();
	assert_int_equal(count_open(), open_before);
	if (!is_sanitized())
		assert_true(mallinfo2().uordblks <= bytes + BYTES_SLACK);
	end_dead_fs(&fs);
}

static void a_thousand_deadlines_leave_nothing(void **state)
{
	(void)state;
	if (!goes_on())
		skip_with_reason("the backend waits");
	run_apart(deadline_body);
}

/* What was left to the kernel is let go when the file system is. */
static void leave_one_to_the_kernel(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_pending *pending;
	struct libspawn_process process;
	struct libspawn_error error;
	siginfo_t info;
	pid_t left;

	make_dead_fs(&fs, DEAD_FS_SILENT);
	pending = begin_apart(fs.program, exit_argv, &options);
	left = libspawn_pending_pid(pending);
	do
		assert_int_equal(libspawn_finish(pending, 5, &process, &error),
				 ETIMEDOUT);
	while (error.step != LIBSPAWN_STEP_EXEC);
	await_question(&fs);
	assert_int_equal(libspawn_cancel(pending), ETIMEDOUT);
	assert_int_equal(waitpid(left, NULL, WNOHANG | __WALL), 0);
	end_dead_fs(&fs);
	assert_int_equal(
		waitid(P_PID, (id_t)left, &info, WEXITED | WNOWAIT | __WALL),
		0);
	/* A later call reaps it and frees what it had. */
	assert_int_equal(libspawn_begin(&pending, support_probe, exit_argv,
					&options, NULL),
			 0);
	assert_int_equal(libspawn_finish(pending, -1, &process, NULL), 0);
	assert_int_equal(reap(process.pid), 0);
	assert_no_child();
}

/* The first ones leave what malloc() keeps. */
static void unkillable_body(void)
{
	size_t bytes;

	need_no_waiting();
	for (int n = 0; n < (is_sanitized() ? 0 : 4); n++)
		leave_one_to_the_kernel();
	bytes = mallinfo2().uordblks;
	leave_one_to_the_kernel();
	if (!is_sanitized())
		assert_int_equal(mallinfo2().uordblks, bytes);
}

static void what_cannot_be_killed_is_said_and_freed_later(void **state)
{
	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		skip_with_reason("only clone tells that exec is under way");
	run_apart(unkillable_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_thousand_deadlines_leave_nothing),
	TEST(what_cannot_be_killed_is_said_and_freed_later),
};

TEST_MAIN(tests)
