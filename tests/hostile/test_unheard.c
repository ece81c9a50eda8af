/* SPDX-License-Identifier: MIT */
/*
 * A start that fails is heard of by nobody else in the program: no handler of
 * SIGCHLD runs, no signalfd can be read, no wait for any child returns.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "held.h"
#include "patience.h"

#define FAILURES 200

/* Newer processors have the other alone. */
#ifdef SYS_wait4
#define WAIT_NUMBER SYS_wait4
#else
#define WAIT_NUMBER SYS_waitid
#endif

static atomic_int handled;

static void count_child(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

static void fail_often(void)
{
	struct libspawn_options options = plain_options();

	for (int n = 0; n < FAILURES; n++)
		expect_failure(&options, "/nonexistent", exit_argv, ENOENT,
			       LIBSPAWN_STEP_EXEC, -1);
}

static void handler_body(void)
{
	struct sigaction action = { .sa_handler = count_child };
	struct libspawn_options options = plain_options();

	sigaction(SIGCHLD, &action, NULL);
	fail_often();
	assert_int_equal(atomic_load(&handled), 0);
	/* It hears of one that has started. */
	start_and_reap(&options);
	assert_int_equal(atomic_load(&handled), 1);
}

static void signalfd_body(void)
{
	struct libspawn_options options = plain_options();
	struct pollfd readable = { .events = POLLIN };
	sigset_t child_signal;

	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_signal, NULL);
	readable.fd = signalfd(-1, &child_signal, SFD_CLOEXEC);
	assert_true(readable.fd >= 0);
	fail_often();
	assert_int_equal(poll(&readable, 1, 0), 0);
	start_and_reap(&options);
	assert_int_equal(poll(&readable, 1, 0), 1);
	close(readable.fd);
	sigprocmask(SIG_UNBLOCK, &child_signal, NULL);
}

struct parked {
	pid_t thread;
	pid_t found;
};

static void *await_any(void *data)
{
	struct parked *parked = data;

	__atomic_store_n(&parked->thread, (pid_t)syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	parked->found = waitpid(-1, NULL, 0);
	return NULL;
}

/* Whether a thread sleeps in a wait: 1, 0, or -1 where nobody can tell. */
static int is_parked(pid_t thread)
{
	char path[64];
	FILE *file;
	long number;
	int got;

	snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)thread);
	file = fopen(path, "re");
	if (!file)
		return -1;
	got = fscanf(file, "%ld", &number);
	fclose(file);
	if (got == EOF)
		return -1;
	/* Of one that runs there is a word. */
	return got == 1 && (number == SYS_waitid || number == WAIT_NUMBER);
}

static void await_parking(struct parked *parked)
{
	struct patience patience = { 0 };
	pid_t thread = 0;

	while (!thread) {
		thread = __atomic_load_n(&parked->thread, __ATOMIC_ACQUIRE);
		sched_yield();
	}
	while (is_parked(thread) == 0 && patience_naps(&patience))
		continue;
}

/* Parked all the time, on a child of the test's own. */
static void parked_body(void)
{
	struct parked parked = { 0, 0 };
	pthread_t thread;
	pid_t own = fork();

	if (own == 0)
		for (;;)
			pause();
	thread = start_thread(await_any, &parked);
	await_parking(&parked);
	fail_often();
	kill(own, SIGKILL);
	join_thread(thread);
	assert_int_equal(parked.found, own);
}

static void skip_if_heard(void)
{
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("glibc's child sends SIGCHLD");
	if (getenv("LIBSPAWN_EMULATED"))
		skip_with_reason("this emulator knows only SIGCHLD");
	if (runs_in_valgrind())
		skip_with_reason("Valgrind has no children without SIGCHLD");
}

static void no_handler_hears_of_a_failed_start(void **state)
{
	(void)state;
	skip_if_heard();
	run_apart(handler_body);
}

static void no_signalfd_hears_of_a_failed_start(void **state)
{
	(void)state;
	skip_if_heard();
	run_apart(signalfd_body);
}

static void no_wait_for_any_child_finds_a_failed_start(void **state)
{
	(void)state;
	skip_if_heard();
	run_apart(parked_body);
}

static const struct CMUnitTest tests[] = {
	TEST(no_handler_hears_of_a_failed_start),
	TEST(no_signalfd_hears_of_a_failed_start),
	TEST(no_wait_for_any_child_finds_a_failed_start),
};

TEST_MAIN(tests)
