/* SPDX-License-Identifier: MIT */
/*
 * Children that die between creation and exec: reported as that, with the
 * signal, and reaped. And a caller that does not see its children die: SIGCHLD
 * ignored, or another thread that reaps whatever it finds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "gate.h"
#include "refuse.h"

#define ROUNDS 50

static int is_posix_spawn(void)
{
	return support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN;
}

static void *kill_child(void *data)
{
	int *number = data;

	kill(find_child(), *number);
	return NULL;
}

/* Start a child that waits at the gate, where a thread finds and kills it. */
static int start_and_kill(struct libspawn_error *error, pid_t *pid)
{
	int number = SIGKILL;
	struct libspawn_options options = plain_options();
	struct libspawn_process process = { 0 };
	struct libspawn_fd row;
	struct gate gate;
	pthread_t killer;
	int code;

	make_gate_of(&options, &gate, &row);
	killer = start_thread(kill_child, &number);
	*error = unset_error();
	code = libspawn_start(&process, support_probe, exit_argv, &options,
			      error);
	join_thread(killer);
	remove_gate(&gate);
	*pid = process.pid;
	return code;
}

static void assert_died(int code, const struct libspawn_error *error,
			int signal)
{
	assert_int_equal(code, ECANCELED);
	assert_int_equal(error->code, ECANCELED);
	assert_int_equal(error->step, LIBSPAWN_STEP_DIED);
	assert_int_equal(error->index, -1);
	assert_int_equal(error->signal, signal);
	assert_int_equal(error->backend, support_backend);
}

/* glibc says nothing of a child that dies: it is found when waited for. */
static void killed_body(void)
{
	struct libspawn_error error;
	pid_t pid;
	int code;

	for (int n = 0; n < 5; n++) {
		code = start_and_kill(&error, &pid);
		if (!is_posix_spawn())
			assert_died(code, &error, SIGKILL);
		else if (code == 0)
			assert_int_equal(reap(pid), SIGKILL);
	}
}

static void a_child_killed_before_exec_is_reported_and_reaped(void **state)
{
	(void)state;
	run_apart(killed_body);
}

/* Its caller sleeps without a timer: hazard 16. */
static void await_killed(void)
{
	int number = SIGKILL;
	struct libspawn_options options = plain_options();
	struct libspawn_error error = unset_error();
	struct libspawn_pending *pending;
	struct libspawn_process process;
	struct libspawn_fd row;
	struct gate gate;
	pthread_t killer;
	int code;

	make_gate_of(&options, &gate, &row);
	assert_int_equal(libspawn_begin(&pending, support_probe, exit_argv,
					&options, NULL),
			 0);
	killer = start_thread(kill_child, &number);
	code = libspawn_finish(pending, LIBSPAWN_FOREVER, &process, &error);
	join_thread(killer);
	remove_gate(&gate);
	assert_died(code, &error, SIGKILL);
}

static void awaited_body(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process;

	/* It proves what the others rely on. */
	assert_int_equal(libspawn_start(&process, support_probe, exit_argv,
					&options, NULL),
			 0);
	assert_int_equal(reap(process.pid), 0);
	for (int n = 0; n < 5; n++)
		await_killed();
}

static void one_killed_while_it_is_awaited_is_no_end_of_time(void **state)
{
	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		skip_with_reason("it is begun by the clone backend");
	run_apart(awaited_body);
}

static void killed_by_filter_body(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process;
	struct libspawn_error error = unset_error();
	int code;

	need_refusals();
	kill_on_call("setsid");
	options.flags = LIBSPAWN_NEW_SESSION;
	code = libspawn_start(&process, support_probe, exit_argv, &options,
			      &error);
	if (!is_posix_spawn())
		assert_died(code, &error, SIGSYS);
	else if (code == 0)
		assert_int_equal(reap(process.pid) & 0x7f, SIGSYS);
}

static void a_child_killed_by_a_filter_is_reported_and_reaped(void **state)
{
	(void)state;
	if (support_death_is_catching())
		skip_with_reason("before Linux 5.16 the caller dies too");
	run_apart(killed_by_filter_body);
}

/* ---- Nobody to reap ---------------------------------------------------- */

/* Both outcomes, with the status of the child gone before we can have it. */
static void start_unseen(void)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process = { 0 };
	int code = libspawn_start(&process, support_probe, exit_argv, &options,
				  NULL);

	assert_int_equal(code, 0);
	assert_true(process.pid > 0);
	assert_int_equal(reap(process.pid), -1);
	assert_int_equal(errno, ECHILD);
	expect_failure(&options, "/nonexistent", exit_argv, ENOENT,
		       LIBSPAWN_STEP_EXEC, -1);
}

static void ignored_body(void)
{
	signal(SIGCHLD, SIG_IGN);
	for (int n = 0; n < ROUNDS; n++)
		start_unseen();
}

static void no_wait_body(void)
{
	struct sigaction action = { .sa_flags = SA_NOCLDWAIT };

	sigaction(SIGCHLD, &action, NULL);
	for (int n = 0; n < ROUNDS; n++)
		start_unseen();
}

static void a_start_with_sigchld_ignored_has_its_result(void **state)
{
	(void)state;
	run_apart(ignored_body);
	run_apart(no_wait_body);
}

/* It has no signal before its exec: nobody ignores it. */
static void killed_unseen_body(void)
{
	struct libspawn_error error;
	pid_t pid;
	int code;

	signal(SIGCHLD, SIG_IGN);
	code = start_and_kill(&error, &pid);
	if (!is_posix_spawn())
		assert_died(code, &error, SIGKILL);
}

static void a_death_with_sigchld_ignored_is_reported(void **state)
{
	(void)state;
	run_apart(killed_unseen_body);
}

/* ---- Somebody else who reaps ------------------------------------------- */

struct reaper {
	atomic_int stop;
	atomic_int reaped;
};

static void *reap_anything(void *data)
{
	struct reaper *reaper = data;

	while (!atomic_load(&reaper->stop)) {
		if (waitpid(-1, NULL, 0) > 0)
			atomic_fetch_add(&reaper->reaped, 1);
		else
			sched_yield();
	}
	return NULL;
}

static void stolen_body(void)
{
	struct libspawn_options options = plain_options();
	struct reaper reaper = { 0 };
	pthread_t thread = start_thread(reap_anything, &reaper);
	int rounds = runs_slowly() ? ROUNDS : 10 * ROUNDS;
	int started = 0;

	for (int n = 0; n < rounds; n++) {
		struct libspawn_process process;

		started += libspawn_start(&process, support_probe, exit_argv,
					  &options, NULL) == 0;
		expect_failure(&options, "/nonexistent", exit_argv, ENOENT,
			       LIBSPAWN_STEP_EXEC, -1);
	}
	assert_int_equal(started, rounds);
	while (atomic_load(&reaper.reaped) < started)
		sched_yield();
	atomic_store(&reaper.stop, 1);
	join_thread(thread);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void a_thread_that_reaps_anything_does_no_harm(void **state)
{
	(void)state;
	run_apart(stolen_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_child_killed_before_exec_is_reported_and_reaped),
	TEST(one_killed_while_it_is_awaited_is_no_end_of_time),
	TEST(a_child_killed_by_a_filter_is_reported_and_reaped),
	TEST(a_start_with_sigchld_ignored_has_its_result),
	TEST(a_death_with_sigchld_ignored_is_reported),
	TEST(a_thread_that_reaps_anything_does_no_harm),
};

TEST_MAIN(tests)
