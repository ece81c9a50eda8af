/* SPDX-License-Identifier: MIT */
/*
 * A thread calls exit() while others are inside libspawn_start(): the process
 * ends cleanly, every time. It starts itself for each time.
 *
 *	test_stress_exit BACKEND PROBE [TIMES]
 *	test_stress_exit BACKEND PROBE exit
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"

#define THREADS 16
/* What exit() is given, and nothing else ends with. */
#define EXITED 42

static int times = 200;
static char *own_path;
static char *backend_name;
static atomic_int inside;

/* ---- The process that exits -------------------------------------------- */

static void *start_for_ever(void *data)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process;

	(void)data;
	for (int n = 0;; n++) {
		if (libspawn_start(&process, support_probe, exit_argv, &options,
				   NULL))
			_exit(1);
		reap(process.pid);
		if (n == 0)
			atomic_fetch_add(&inside, 1);
	}
	return NULL;
}

_Noreturn static void exit_among_starts(void)
{
	pthread_t thread;

	for (int n = 0; n < THREADS; n++)
		if (pthread_create(&thread, NULL, start_for_ever, NULL))
			_exit(2);
	while (atomic_load(&inside) < THREADS)
		sched_yield();
	exit(EXITED);
}

/* ---- The one that watches ---------------------------------------------- */

static void exit_often_body(void)
{
	static char word[] = "exit";
	char *probe = (char *)(uintptr_t)support_probe;
	char *argv[] = { own_path, backend_name, probe, word, NULL };
	/* None outlives the watch, should it hang. */
	struct libspawn_options options = { OPTIONS,
					    .parent_death_signal = SIGKILL };

	for (int n = 0; n < times; n++) {
		struct libspawn_process process;
		int status;

		assert_int_equal(libspawn_start(&process, own_path, argv,
						&options, NULL),
				 0);
		status = reap(process.pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != EXITED)
			fail_msg("time %d: status %x", n, (unsigned)status);
	}
}

static void exit_among_starts_is_clean(void **state)
{
	(void)state;
	run_apart(exit_often_body);
}

static const struct CMUnitTest tests[] = {
	TEST(exit_among_starts_is_clean),
};

static void take_arguments(char **argv)
{
	backend_name = argv[1];
	support_probe = argv[2];
	for (uint32_t n = 1; n <= LIBSPAWN_BACKEND_FORK; n++)
		if (strcmp(libspawn_backend_name(n), backend_name) == 0)
			support_backend = n;
}

int main(int argc, char **argv)
{
	static char path[4096];

	skip_false_vfork(argv[1]);
	own_path = path;
	if (readlink("/proc/self/exe", path, sizeof path - 1) < 0 || argc < 3)
		return 2;
	take_arguments(argv);
	if (argc > 3 && strcmp(argv[3], "exit") == 0)
		exit_among_starts();
	times = argc > 3 ? atoi(argv[3]) : times;
	if (runs_slowly() && times > 20)
		times = 20;
	return support_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
