/* SPDX-License-Identifier: MIT */
/*
 * Kernels that zero the word at exec, late, at the end of a process only, or
 * never:
 * which proves that a backend needs no pipe, and no start waits for the end of
 * its child. A backend of the test plays them, with a fork()ed child.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

#include "backend/backend.h"
#include "backend/fate.h"
#include "backend/kernel.h"
#include "deadline.h"

/* What the child to come does. */
enum act { FAILS, EXECUTES, IS_KILLED };

static struct {
	enum act act;
	int zeroes_at_exec;
	int zeroes_at_end;
	int zeroes_late; /* some time after the creation has returned */
	int has_signal;	 /* the kernel knows only SIGCHLD */
	int hold[2];	 /* what the child reads until it is let go */
} played;

static void be_child(const struct launch *launch)
{
	char byte;

	if (launch->report_fd >= 0)
		write(launch->report_fd, &launch->report,
		      sizeof launch->report);
	if (played.act == FAILS)
		_exit(127);
	if (played.act == IS_KILLED)
		raise(SIGKILL);
	/* As exec closes what is close-on-exec. */
	if (launch->report_fd >= 0)
		close(launch->report_fd);
	close(played.hold[1]);
	read(played.hold[0], &byte, 1);
	_exit(0);
}

static pthread_t late_kernel;

static void *zero_late(void *word)
{
	const struct timespec moment = { 0, 30000000 };

	nanosleep(&moment, NULL);
	__atomic_store_n((uint32_t *)word, 0, __ATOMIC_RELEASE);
	return NULL;
}

/* What the child says, and the word as this kernel leaves it. */
static long play(struct launch *launch)
{
	const enum act act = launch->plan->op_count ? played.act : FAILS;
	siginfo_t info;
	pid_t pid;

	launch->report.state = CHILD_EXECUTES;
	if (act == FAILS)
		launch->report.code = ENOENT;
	if (launch->occupied &&
	    (act == EXECUTES ? played.zeroes_at_exec : played.zeroes_at_end))
		launch->occupied = 0;
	if (act == EXECUTES && played.zeroes_late)
		pthread_create(&late_kernel, NULL, zero_late,
			       &launch->occupied);
	if (played.has_signal)
		launch->exit_signal = SIGCHLD;
	pid = fork();
	if (pid == 0) {
		if (act == FAILS)
			played.act = FAILS;
		be_child(launch);
	}
	/* This kernel returns when the child has left and ended. */
	if (act == IS_KILLED)
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	return pid;
}

static const struct backend backend = {
	.id = BACKEND_CLONE,
	.shares_memory = 1,
	.takes = OP_BIT(OP_COUNT) - 1,
	.start = play,
};

static const struct op only_exec = { .kind = OP_EXEC, .data = "/" };

static struct outcome start_in(struct launch *launch, enum act act,
			       uint32_t flags)
{
	const struct plan plan = { .ops = &only_exec,
				   .op_count = 1,
				   .kinds = OP_BIT(OP_EXEC),
				   .flags = flags };
	struct creation creation;
	struct outcome outcome;

	memset(launch, 0, sizeof *launch);
	launch->plan = &plan;
	played.act = act;
	libspawn__create_begin(&backend, &creation, launch, &outcome);
	if (creation.pid > 0)
		libspawn__create_finish(&creation, DEADLINE_NEVER, &outcome);
	return outcome;
}

static struct outcome start(enum act act, uint32_t flags)
{
	struct launch launch;

	return start_in(&launch, act, flags);
}

static int is_proven(void)
{
	return (libspawn__kernel_facts() & KERNEL_PROVEN(BACKEND_CLONE)) != 0;
}

/* It lives until it is let go: the start has not waited for its end. */
static void start_and_let_go(void)
{
	struct outcome outcome;
	int status;

	assert_int_equal(pipe(played.hold), 0);
	outcome = start(EXECUTES, 0);
	assert_int_equal(outcome.kind, OUTCOME_STARTED);
	assert_int_equal(waitpid(outcome.pid, &status, WNOHANG), 0);
	close(played.hold[1]);
	assert_int_equal(waitpid(outcome.pid, &status, 0), outcome.pid);
	assert_int_equal(status, 0);
	close(played.hold[0]);
}

static void fail_and_start(void)
{
	assert_int_equal(start(FAILS, 0).kind, OUTCOME_FAILED);
	assert_false(is_proven());
	start_and_let_go();
	assert_false(is_proven());
	start_and_let_go();
}

/* The word that the library remembers is a process's. */
static void run_apart(void (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		alarm(60);
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void at_end_only_body(void)
{
	played.zeroes_at_end = 1;
	fail_and_start();
}

static void a_word_zeroed_at_the_end_only_proves_nothing(void **state)
{
	(void)state;
	run_apart(at_end_only_body);
}

static void never_body(void)
{
	fail_and_start();
}

static void a_word_that_is_never_zeroed_is_not_waited_for(void **state)
{
	(void)state;
	run_apart(never_body);
}

static void killed_body(void)
{
	played.zeroes_at_end = 1;
	played.has_signal = 1;
	assert_int_equal(start(IS_KILLED, PLAN_DEATH_IS_START).kind,
			 OUTCOME_STARTED);
	assert_int_equal(waitpid(-1, NULL, 0) > 0, 1);
	assert_false(is_proven());
}

static void a_death_on_the_way_to_exec_proves_nothing(void **state)
{
	(void)state;
	run_apart(killed_body);
}

static void at_exec_body(void)
{
	played.zeroes_at_exec = 1;
	played.zeroes_at_end = 1;
	assert_int_equal(start(FAILS, 0).kind, OUTCOME_FAILED);
	assert_false(is_proven());
	start_and_let_go();
	assert_true(is_proven());
	start_and_let_go();
}

static void an_exec_that_is_seen_proves(void **state)
{
	(void)state;
	run_apart(at_exec_body);
}

/* Nobody would hear of its end before exec: so that is known to have been. */
static void short_lived_body(void)
{
	played.zeroes_at_exec = 1;
	assert_int_equal(pipe(played.hold), 0);
	close(played.hold[1]);
	assert_int_equal(start(EXECUTES, PLAN_DEATH_IS_START).kind,
			 OUTCOME_STARTED);
	assert_int_equal(waitpid(-1, NULL, 0) > 0, 1);
	assert_true(is_proven());
}

static void one_that_has_ended_proves_it_too(void **state)
{
	(void)state;
	run_apart(short_lived_body);
}

/* Until then the child has the memory: it must not be given back. */
static void late_body(void)
{
	struct launch launch;
	struct outcome outcome;

	at_exec_body();
	played.zeroes_at_exec = 0;
	played.zeroes_late = 1;
	/* Else the kernel would be known to have executed it. */
	played.has_signal = 1;
	assert_int_equal(pipe(played.hold), 0);
	outcome = start_in(&launch, EXECUTES, 0);
	assert_int_equal(outcome.kind, OUTCOME_STARTED);
	assert_int_equal(__atomic_load_n(&launch.occupied, __ATOMIC_ACQUIRE),
			 0);
	pthread_join(late_kernel, NULL);
	assert_int_equal(waitpid(outcome.pid, NULL, WNOHANG), 0);
	close(played.hold[1]);
	assert_int_equal(waitpid(outcome.pid, NULL, 0), outcome.pid);
}

static void a_word_zeroed_late_is_waited_for(void **state)
{
	(void)state;
	run_apart(late_body);
}

/* Every number is taken, so there is no pipe, and no proof yet. */
static void full_body(void)
{
	struct rlimit limit = { 0 };
	int fd;

	played.zeroes_at_end = 1;
	getrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(pipe(played.hold), 0);
	limit.rlim_cur = 32;
	setrlimit(RLIMIT_NOFILE, &limit);
	do
		fd = dup(0);
	while (fd >= 0);
	assert_int_equal(start(FAILS, 0).kind, OUTCOME_FAILED);
	assert_int_equal(start(EXECUTES, 0).kind, OUTCOME_STARTED);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
	close(played.hold[1]);
	assert_int_equal(waitpid(-1, NULL, 0) > 0, 1);
	assert_false(is_proven());
}

static void nor_is_it_without_a_descriptor_to_spare(void **state)
{
	(void)state;
	run_apart(full_body);
}

/* A caller that looks again and again, and never waits. */
static void impatient_body(void)
{
	struct launch launch = { .occupied = 1, .exit_signal = 0 };
	pid_t pid;
	int code;

	assert_int_equal(pipe(played.hold), 0);
	pid = fork();
	if (pid == 0)
		be_child(&(struct launch){ .report_fd = -1 });
	do
		code = libspawn__fate_await_unwaited(&launch, pid, 0,
						     DEADLINE_PASSED);
	while (code == -ETIMEDOUT);
	assert_int_equal(code, 0);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	close(played.hold[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void looking_again_does_not_begin_the_wait_anew(void **state)
{
	(void)state;
	played.act = EXECUTES;
	run_apart(impatient_body);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_word_zeroed_at_the_end_only_proves_nothing),
	cmocka_unit_test(a_word_that_is_never_zeroed_is_not_waited_for),
	cmocka_unit_test(a_death_on_the_way_to_exec_proves_nothing),
	cmocka_unit_test(an_exec_that_is_seen_proves),
	cmocka_unit_test(one_that_has_ended_proves_it_too),
	cmocka_unit_test(a_word_zeroed_late_is_waited_for),
	cmocka_unit_test(nor_is_it_without_a_descriptor_to_spare),
	cmocka_unit_test(looking_again_does_not_begin_the_wait_anew),
};

UNIT_MAIN(tests)
