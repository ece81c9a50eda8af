/* SPDX-License-Identifier: MIT */
/*
 * Other code of the process that forks: its atfork handlers are never run by a
 * start, and its children, which inherit whatever is open, hold up none.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

	make_gate_of(&start.options, &gate, &row);
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

/*
 * Without shared memory the pipe is awaited; but the kernel tells of a child
 * without an exit signal, which an emulator does not make.
 */
static int must_await_the_pipe(void)
{
	switch (support_backend) {
	case LIBSPAWN_BACKEND_POSIX_SPAWN: return 0;
	case LIBSPAWN_BACKEND_FORK:
		return !support_is_linux() || getenv("LIBSPAWN_EMULATED");
	default: return !memory_is_shared();
	}
}

static void sleeper_body(void)
{
	if (must_await_the_pipe())
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
	if (must_await_the_pipe())
		skip_with_reason("memory is not shared: the pipe is awaited");
	run_apart(first_start_body);
}

/*
 * As a fork of another thread has it that comes just in time: the writing end
 * of the pipe of a child at the gate. -1 if it has none.
 */
static int hold_pipe_of(pid_t child)
{
	char path[64], target[16];
	int fd, held;

	for (fd = 3; fd < 64; fd++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)child, fd);
		if (readlink(path, target, sizeof target) < 5 ||
		    memcmp(target, "pipe:", 5) != 0)
			continue;
		held = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		assert_true(held >= 0);
		return held;
	}
	return -1;
}

/* Held for longer than the start may take: until it has returned. */
static void held_pipe_body(void)
{
	struct start start = { plain_options(), support_probe, 0, 0 };
	struct libspawn_fd row;
	struct gate gate;
	pthread_t thread;
	int held;

	make_gate_of(&start.options, &gate, &row);
	thread = start_thread(start_at_gate, &start);
	held = hold_pipe_of(find_child());
	open_gate(&gate);
	join_thread(thread);
	remove_gate(&gate);
	assert_int_equal(start.code, 0);
	assert_int_equal(reap(start.pid), 0);
	if (held < 0)
		skip_apart("this start has no pipe");
	close(held);
}

static void a_pipe_that_is_held_is_not_waited_for(void **state)
{
	(void)state;
	if (!support_is_linux())
		skip_with_reason("finds the pipe in /proc");
	if (must_await_the_pipe())
		skip_with_reason("memory is not shared: the pipe is awaited");
	run_apart(held_pipe_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_pipe_that_is_held_is_not_waited_for),
	TEST(nor_the_first_start_of_a_process),
	TEST(a_sleeping_fork_with_our_pipe_holds_up_nothing),
	TEST(atfork_handlers_are_not_run),
};

TEST_MAIN(tests)
