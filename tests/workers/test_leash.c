/* SPDX-License-Identifier: MIT */
/*
 * Killing the caller, at any moment, leaves no worker and no template: also
 * none that never looks at its channel. What is killed is a program of its own,
 * in a process group in which all that it starts stays.
 *
 *	test_leash BACKEND PROBE [TIMES]
 */
#define _GNU_SOURCE
#include <errno.h>
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

static const struct libspawn_function functions[] = {
	{ .name = "spin", .run = spin },
	{ .name = "template", .run = be_template },
	{ .name = "caller", .run = be_caller },
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

static int64_t kill_after(long microseconds)
{
	const struct timespec pause = { 0, microseconds * 1000 };
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *caller;
	pid_t pid;

	options.flags = LIBSPAWN_PROCESS_GROUP;
	caller = employ("caller", &how);
	pid = libspawn_worker_process(caller)->pid;
	if (microseconds % 2)
		expect_text(caller, "at work");
	nanosleep(&pause, NULL);
	assert_int_equal(kill(pid, SIGKILL), 0);
	libspawn_worker_close(caller, PATIENCE_MS, NULL);
	return await_empty_group(pid);
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

static const struct CMUnitTest tests[] = {
	TEST(nobody_outlives_the_caller),
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
