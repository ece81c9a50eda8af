/* SPDX-License-Identifier: MIT */
/*
 * Killing the caller, at any moment, leaves no worker and no template: also
 * none that never looks at its channel, nor one in a pid namespace of its own.
 * What is killed is a program of its own, in a process group in which all that
 * it starts stays.
 *
 *	test_leash BACKEND PROBE [TIMES]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "employ.h"

static int times = 20;

/* ---- The caller that is killed ----------------------------------------- */

static int spin(struct libspawn_worker *self)
{
	volatile int goes_on = self != NULL;

	while (goes_on)
		continue;
	return 0;
}

static int be_template(struct libspawn_worker *self)
{
	return libspawn_template_serve(self);
}

/* Starts and forks, and ends some again, until it is killed. */
static int be_caller(struct libspawn_worker *self)
{
	struct libspawn_worker *from;
	struct libspawn_worker *worker;
	int code;

	if (libspawn_worker_start(&worker, "spin", NULL, NULL) ||
	    libspawn_worker_start(&from, "template", NULL, NULL))
		return 1;
	report(self, "at work");
	for (;;) {
		code = libspawn_template_fork(&worker, from, "spin", NULL,
					      PATIENCE_MS, NULL);
		if (code == 0)
			libspawn_worker_close(worker, 0, NULL);
		else if (code != EDEADLK)
			return 2;
		if (libspawn_worker_start(&worker, "spin", NULL, NULL))
			return 3;
		libspawn_worker_close(worker, 0, NULL);
	}
}

static int spin_aloud(struct libspawn_worker *self)
{
	report(self, "spinning");
	return spin(self);
}

/* Root needs no user namespace, which it may be refused. */
static struct libspawn_options pid_namespace_options(void)
{
	const int is_root = geteuid() == 0;

	return (struct libspawn_options){
		OPTIONS,
		.flags = is_root ? 0 : LIBSPAWN_OWN_IDS,
		.new_namespaces = CLONE_NEWPID | (is_root ? 0 : CLONE_NEWUSER),
	};
}

/* Says "at work", or at which step it failed. */
static int be_caller_of_another_namespace(struct libspawn_worker *self)
{
	const struct libspawn_options options = pid_namespace_options();
	const struct libspawn_worker_how how = { .size = sizeof how,
						 .options = &options };
	struct libspawn_worker *worker;
	struct libspawn_message message;
	struct libspawn_error error;

	if (libspawn_worker_start(&worker, "spin aloud", &how, &error))
		return report(self, "%s", libspawn_step_name(error.step));
	if (libspawn_worker_receive(worker, &message, PATIENCE_MS))
		return report(self, "no message");
	report(self, "at work");
	for (;;)
		pause();
}

static const struct libspawn_function functions[] = {
	{ .name = "spin", .run = spin },
	{ .name = "spin aloud", .run = spin_aloud },
	{ .name = "template", .run = be_template },
	{ .name = "caller", .run = be_caller },
	{ .name = "caller of another namespace",
	  .run = be_caller_of_another_namespace },
};

/* ---- Killing it -------------------------------------------------------- */

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Orphans come to this process, which reaps them. How long that took. */
static int64_t await_empty_group(pid_t group)
{
	const struct timespec pause = { 0, 1000000 };
	int64_t begun = milliseconds();

	while (milliseconds() - begun < PATIENCE_MS) {
		while (waitpid(-group, NULL, WNOHANG) > 0)
			continue;
		if (kill(-group, 0) < 0 && errno == ESRCH)
			return milliseconds() - begun;
		nanosleep(&pause, NULL);
	}
	kill(-group, SIGKILL);
	fail_msg("somebody is left in group %d", (int)group);
	return -1;
}

static struct libspawn_worker *employ_caller(const char *function)
{
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);

	options.flags = LIBSPAWN_PROCESS_GROUP;
	return employ(function, &how);
}

static int64_t kill_caller(struct libspawn_worker *caller)
{
	pid_t pid = libspawn_worker_process(caller)->pid;

	assert_int_equal(kill(pid, SIGKILL), 0);
	libspawn_worker_close(caller, PATIENCE_MS, NULL);
	return await_empty_group(pid);
}

static int64_t kill_after(long microseconds)
{
	const struct timespec pause = { 0, microseconds * 1000 };
	struct libspawn_worker *caller = employ_caller("caller");

	if (microseconds % 2)
		expect_text(caller, "at work");
	nanosleep(&pause, NULL);
	return kill_caller(caller);
}

static void kill_body(void)
{
	int64_t longest = 0;
	int64_t took;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	srand(1);
	for (int n = 0; n < times; n++) {
		took = kill_after(rand() % 20000);
		longest = took > longest ? took : longest;
	}
	print_message("%d callers killed; nobody left after %d ms\n", times,
		      (int)longest);
}

static void nobody_outlives_the_caller(void **state)
{
	(void)state;
	run_apart(kill_body);
}

/* The first process of a pid namespace does not get the signal of a leash. */
static void namespace_body(void)
{
	struct libspawn_worker *caller;
	const char *said;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	caller = employ_caller("caller of another namespace");
	said = receive_text(caller);
	if (strcmp(said, "at work") != 0) {
		print_message("no pid namespace: %s\n", said);
		libspawn_worker_close(caller, PATIENCE_MS, NULL);
		skip_apart("no pid namespace can be had");
	}
	kill_caller(caller);
}

static void nor_does_one_in_another_pid_namespace(void **state)
{
	(void)state;
	if (runs_in_valgrind())
		skip_with_reason("valgrind needs its own /proc/self for exec");
	run_apart(namespace_body);
}

static const struct CMUnitTest tests[] = {
	TEST(nobody_outlives_the_caller),
	TEST(nor_does_one_in_another_pid_namespace),
};

int main(int argc, char **argv)
{
	int status = libspawn_worker_main(functions,
					  sizeof functions / sizeof *functions);

	if (status >= 0)
		return status;
	if (argc > 3)
		times = atoi(argv[3]);
	return support_main(argc > 3 ? 3 : argc, argv, tests,
			    sizeof tests / sizeof *tests);
}
