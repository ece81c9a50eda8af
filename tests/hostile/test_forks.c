/* SPDX-License-Identifier: MIT */
/*
 * Other code of the process that forks: its atfork handlers are never run by a
 * start, and its children, which inherit whatever is open, hold up none.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "gate.h"

/* ---- Handlers of others ------------------------------------------------ */

static void never(void)
{
	abort();
}

/* The check that a handler would be noticed: a fork by the C library. */
static void handler_body(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		pthread_atfork(never, never, never);
		fork();
		_exit(0);
	}
	assert_int_equal(reap(pid), SIGABRT);
}

static void start_with_handlers_body(void)
{
	struct libspawn_options options = plain_options();

	handler_body();
	assert_int_equal(pthread_atfork(never, never, never), 0);
	for (int n = 0; n < 3; n++) {
		start_and_reap(&options);
		expect_failure(&options, "/nonexistent", exit_argv, ENOENT,
			       LIBSPAWN_STEP_EXEC, -1);
	}
	options.cwd = "/";
	options.flags |= LIBSPAWN_NEW_SESSION;
	start_and_reap(&options);
}

static void atfork_handlers_are_not_run(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_VFORK && !vfork_is_vfork())
		skip_with_reason("vfork() is a fork() here");
	if (support_backend == LIBSPAWN_BACKEND_FORK && !support_is_linux())
		skip_with_reason("the C library's fork() runs them");
	run_apart(start_with_handlers_body);
}

/* ---- Descriptors of ours in children of others ------------------------- */

struct start {
	struct libspawn_options options;
	const char *program;
	int code;
	int pid;
};

static void *start_at_gate(void *data)
{
	struct start *start = data;
	struct libspawn_process process = { 0 };

	start->code = libspawn_start(&process, start->program, exit_argv,
				     &start->options, NULL);
	start->pid = process.pid;
	return NULL;
}

/*
 * While the child is at the gate, fork a sleeper, which inherits all that the
 * start has open in the parent, and keeps it open.
 */
static int start_beside_sleeper(const char *program)
{
	struct start start = { plain_options(), program, 0, 0 };
	struct libspawn_fd row;
	struct gate gate;
	pthread_t thread;
	pid_t sleeper;

	make_gate(&gate, &row);
	start.options.fds = &row;
	start.options.fd_count = 1;
	thread = start_thread(start_at_gate, &start);
	find_child();
	sleeper = fork();
	if (sleeper == 0)
		while (1)
			pause();
	assert_true(sleeper > 0);
	open_gate(&gate);
	/* With the sleeper waited for in there, this would never return. */
	join_thread(thread);
	kill(sleeper, SIGKILL);
	assert_int_equal(reap(sleeper), SIGKILL);
	remove_gate(&gate);
	if (start.code == 0)
		assert_int_equal(reap(start.pid), 0);
	return start.code;
}

static void sleeper_body(void)
{
	if (support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN &&
	    !memory_is_shared())
		skip_apart("memory is not shared: the pipe must be awaited");
	for (int n = 0; n < 3; n++) {
		assert_int_equal(start_beside_sleeper(support_probe), 0);
		assert_int_equal(start_beside_sleeper("/nonexistent"), ENOENT);
	}
}

static void a_sleeping_fork_with_our_pipe_holds_up_nothing(void **state)
{
	(void)state;
	run_apart(sleeper_body);
}

/* The first start of a process must prove what later ones know. */
static void first_start_body(void)
{
	assert_int_equal(start_beside_sleeper(support_probe), 0);
}

static void nor_the_first_start_of_a_process(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_FORK)
		skip_with_reason("memory is not shared: the pipe is awaited");
	if (!memory_is_shared() &&
	    support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("memory is not shared: the pipe is awaited");
	run_apart(first_start_body);
}

static const struct CMUnitTest tests[] = {
	TEST(nor_the_first_start_of_a_process),
	TEST(a_sleeping_fork_with_our_pipe_holds_up_nothing),
	TEST(atfork_handlers_are_not_run),
};

TEST_MAIN(tests)
