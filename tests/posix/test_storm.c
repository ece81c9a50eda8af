/* SPDX-License-Identifier: MIT */
/*
 * A storm of signals to the whole process group, as Ctrl-C is one: it ends a
 * child before its exec as well as after. To the caller that is one and the
 * same: a start that worked, and a child that a signal has ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "case.h"

extern char **environ;

static volatile sig_atomic_t handled;

static void count_handled(int number)
{
	(void)number;
	handled++;
}

/* In a group of its own, until it is killed or the caller has failed. */
_Noreturn static void signal_group(pid_t group)
{
	const struct timespec pause = { 0, 20000 };

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	for (;;) {
		kill(-group, SIGUSR1);
		nanosleep(&pause, NULL);
	}
}

/* Returns when the first has arrived. */
static pid_t begin_storm(void)
{
	struct sigaction action = { .sa_handler = count_handled };
	pid_t group = getpgrp();
	pid_t pid;

	assert_int_equal(group, getpid());
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	pid = fork();
	if (pid == 0)
		signal_group(group);
	assert_true(pid > 0);
	while (!handled)
		sched_yield();
	return pid;
}

static void end_storm(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(reap(pid), SIGKILL);
}

static int rounds(void)
{
	return runs_slowly() ? 20 : 200;
}

/* It exited with 3, or the storm has ended it. */
static void check_status(int status)
{
	if (status != SIGUSR1)
		assert_int_equal(status, 3 << 8);
}

static void posix_spawn_starts(void)
{
	char **argv = probe_argv("exit 3");
	pid_t storm = begin_storm();

	for (int i = 0; i < rounds(); i++) {
		pid_t pid = -1;

		assert_int_equal(posix_spawn(&pid, case_probe, NULL, NULL, argv,
					     environ),
				 0);
		assert_true(pid > 0);
		check_status(reap(pid));
	}
	end_storm(storm);
}

/* What fails, fails as ever, unless a signal was there before. */
static void posix_spawn_fails(void)
{
	char **argv = probe_argv("exit 3");
	pid_t storm = begin_storm();

	for (int i = 0; i < rounds(); i++) {
		pid_t pid = -1;
		int code =
			posix_spawn(&pid, "/absent", NULL, NULL, argv, environ);

		if (code == 0)
			assert_int_equal(reap(pid), SIGUSR1);
		else
			assert_int_equal(code, ENOENT);
	}
	end_storm(storm);
}

static void system_tells_the_status(void)
{
	pid_t storm = begin_storm();

	for (int i = 0; i < rounds(); i++)
		check_status(system("exit 3"));
	end_storm(storm);
}

static void popen_gives_a_stream(void)
{
	pid_t storm = begin_storm();

	for (int i = 0; i < rounds(); i++) {
		FILE *file = popen("exit 3", i % 2 ? "r" : "w");

		assert_non_null(file);
		check_status(pclose(file));
	}
	end_storm(storm);
}

static const struct CMUnitTest tests[] = {
	CASE(posix_spawn_starts),
	CASE(posix_spawn_fails),
	CASE(system_tells_the_status),
	CASE(popen_gives_a_stream),
};

CASE_MAIN(tests)
