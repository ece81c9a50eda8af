/* SPDX-License-Identifier: MIT */
/* Signals: what the child has of them, and what the caller keeps. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"

/* glibc and musl keep these for themselves. */
#define INTERNAL (BIT(32) | BIT(33) | BIT(34))

static posix_spawnattr_t attributes;
static volatile sig_atomic_t handled;
static pid_t body_pid;

static void begin(int flags)
{
	assert_int_equal(posix_spawnattr_init(&attributes), 0);
	assert_int_equal(posix_spawnattr_setflags(&attributes, (short)flags),
			 0);
}

static void end(void)
{
	assert_int_equal(posix_spawnattr_destroy(&attributes), 0);
}

static void count_handled(int number)
{
	(void)number;
	handled++;
	/* In a child this would be seen by nobody but the reaper. */
	if (getpid() != body_pid)
		_exit(113);
}

static void handle_all(void)
{
	struct sigaction action = { .sa_handler = count_handled };

	body_pid = getpid();
	for (int i = 1; i <= SIGRTMAX; i++)
		if (i != SIGABRT && i != SIGSEGV && i != SIGBUS)
			sigaction(i, &action, NULL);
}

static void the_mask_is_inherited(void)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMAX);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &set, &old), 0);
	begin(0);
	assert_int_equal(seen_set(run_probe(NULL, &attributes, "print signals"),
				  "sigmask"),
			 BIT(SIGUSR1) | BIT(SIGRTMAX));
	assert_int_equal(
		seen_set(run_probe(NULL, NULL, "print signals"), "sigmask"),
		BIT(SIGUSR1) | BIT(SIGRTMAX));
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
	end();
}

static void setsigmask_gives_the_mask(void)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &set, &old), 0);
	begin(POSIX_SPAWN_SETSIGMASK);
	assert_int_equal(seen_set(run_probe(NULL, &attributes, "print signals"),
				  "sigmask"),
			 0);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGRTMIN);
	assert_int_equal(posix_spawnattr_setsigmask(&attributes, &set), 0);
	assert_int_equal(seen_set(run_probe(NULL, &attributes, "print signals"),
				  "sigmask"),
			 BIT(SIGHUP) | BIT(SIGRTMIN));
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
	end();
}

static void a_full_mask_blocks_all_that_can_be(void)
{
	uint64_t mask;
	sigset_t set;

	begin(POSIX_SPAWN_SETSIGMASK);
	sigfillset(&set);
	assert_int_equal(posix_spawnattr_setsigmask(&attributes, &set), 0);
	mask = seen_set(run_probe(NULL, &attributes, "print signals"),
			"sigmask");
	assert_int_equal(mask | INTERNAL | BIT(SIGKILL) | BIT(SIGSTOP),
			 ~UINT64_C(0));
	assert_false(mask & (BIT(SIGKILL) | BIT(SIGSTOP)));
	end();
}

static void ignored_signals_stay_ignored(void)
{
	struct seen *seen;

	skip_in_valgrind("valgrind has handlers for real-time signals");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGRTMAX, SIG_IGN);
	seen = run_probe(NULL, NULL, "print signals");
	assert_int_equal(seen_set(seen, "sigignore") & ~INTERNAL,
			 BIT(SIGPIPE) | BIT(SIGUSR2) | BIT(SIGRTMAX));
}

static void setsigdef_makes_these_default(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGRTMAX, SIG_IGN);
	begin(POSIX_SPAWN_SETSIGDEF);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGRTMAX);
	sigaddset(&set, SIGHUP);
	assert_int_equal(posix_spawnattr_setsigdefault(&attributes, &set), 0);
	assert_int_equal(seen_set(run_probe(NULL, &attributes, "print signals"),
				  "sigignore") &
				 ~INTERNAL,
			 BIT(SIGUSR2));
	end();
}

static void setsigdef_of_all_makes_all_default(void)
{
	sigset_t set;

	for (int i = 1; i <= SIGRTMAX; i++)
		signal(i, SIG_IGN);
	begin(POSIX_SPAWN_SETSIGDEF);
	/* Those that can't be changed are in it too. */
	sigfillset(&set);
	assert_int_equal(posix_spawnattr_setsigdefault(&attributes, &set), 0);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(seen_set(run_probe(NULL, &attributes, "print signals"),
				  "sigignore") &
				 ~INTERNAL,
			 0);
	end();
}

static void handled_signals_become_default(void)
{
	struct seen *seen;

	handle_all();
	seen = run_probe(NULL, NULL, "print signals");
	assert_int_equal(seen_set(seen, "sigcatch"), 0);
	assert_int_equal(seen_set(seen, "sigignore") & ~INTERNAL, 0);
}

static void the_signals_of_libc_itself_are_not_left_ignored(void)
{
	uint64_t ignored =
		seen_set(run_probe(NULL, NULL, "print signals"), "sigignore");

	if (!differs("signals 32 and 33 (34) are default in the child, not "
		     "ignored"))
		assert_int_equal(ignored, 0);
}

static void pending_signals_are_not_inherited(void)
{
	sigset_t set, old;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
	raise(SIGUSR1);
	assert_int_equal(
		seen_set(run_probe(NULL, NULL, "print signals"), "sigpending"),
		0);
	assert_int_equal(sigwait(&set, &number), 0);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

static void the_callers_mask_and_handlers_stay(void)
{
	struct sigaction action = { .sa_handler = count_handled,
				    .sa_flags = SA_RESTART | SA_NODEFER },
			 got;
	sigset_t set, old, now;

	sigaddset(&action.sa_mask, SIGHUP);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
	run_probe(NULL, NULL, "exit 0");
	expect_program_code(ENOENT, "/absent", 0);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &now), 0);
	assert_int_equal(sigismember(&now, SIGUSR2), 1);
	assert_int_equal(sigismember(&now, SIGHUP), 0);
	assert_int_equal(sigaction(SIGUSR1, NULL, &got), 0);
	assert_true(got.sa_handler == count_handled);
	assert_true(got.sa_flags & SA_NODEFER && got.sa_flags & SA_RESTART);
	assert_int_equal(sigismember(&got.sa_mask, SIGHUP), 1);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}

static void handlers_never_run_in_the_child(void)
{
	int count = runs_slowly() ? 50 : 300;

	handle_all();
	start_storm(300, 0);
	for (int i = 0; i < count; i++)
		start_and_reap();
	assert_true(stop_storm() > 0);
}

static void a_signal_to_the_whole_group_reaches_the_caller_once(void)
{
	handle_all();
	handled = 0;
	run_probe(NULL, NULL, "exit 0");
	/* The child's end is one SIGCHLD, whatever it went through. */
	assert_int_equal(handled, 1);
}

static void ignored_sigchld_takes_the_child_but_not_the_error(void)
{
	pid_t pid = -1;

	signal(SIGCHLD, SIG_IGN);
	expect_program_code(ENOENT, "/absent", 0);
	assert_int_equal(posix_spawn(&pid, case_probe, NULL, NULL,
				     probe_argv("exit 0"), NULL),
			 0);
	assert_true(pid > 0);
	assert_int_equal(reap(pid), -1);
	assert_int_equal(errno, ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

static const struct CMUnitTest tests[] = {
	CASE(the_mask_is_inherited),
	CASE(setsigmask_gives_the_mask),
	CASE(a_full_mask_blocks_all_that_can_be),
	CASE(ignored_signals_stay_ignored),
	CASE(setsigdef_makes_these_default),
	CASE(setsigdef_of_all_makes_all_default),
	CASE(handled_signals_become_default),
	CASE(the_signals_of_libc_itself_are_not_left_ignored),
	CASE(pending_signals_are_not_inherited),
	CASE(the_callers_mask_and_handlers_stay),
	CASE(handlers_never_run_in_the_child),
	CASE(a_signal_to_the_whole_group_reaches_the_caller_once),
	CASE(ignored_sigchld_takes_the_child_but_not_the_error),
};

CASE_MAIN(tests)
