/* SPDX-License-Identifier: MIT */
/* What a caller knows of the signals that it ignores, and when it knows it. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backend/ignored.h"
#include "setting.h"
#include "unit.h"

#define BIT(signal) (UINT64_C(1) << ((signal)-1))
#define CHANGEABLE (~(BIT(SIGKILL) | BIT(SIGSTOP)))

static uint64_t ask(uint64_t set)
{
	const struct op op = { .kind = OP_SIGNALS_DEFAULT, .value = set };
	const struct plan plan = { .ops = &op,
				   .op_count = 1,
				   .kinds = OP_BIT(OP_SIGNALS_DEFAULT) };

	return libspawn__ignored_not(&plan);
}

/* An emulator has threads of its own; gVisor tells of no signals. */
static void need_proc(const char *line)
{
	char text[4096] = "";
	FILE *status = fopen("/proc/self/status", "re");

	if (status) {
		text[fread(text, 1, sizeof text - 1, status)] = '\0';
		fclose(status);
	}
	if (!strstr(text, line)) {
		print_message("SKIP: /proc tells of no%s\n", line);
		skip();
	}
}

static void what_is_not_ignored_is_known(void **state)
{
	uint64_t heeded;

	(void)state;
	need_proc("\nThreads:\t1\n");
	need_proc("\nSigIgn:\t");
	/* The kernel knows other dispositions than the program. */
	if (runs_in_valgrind()) {
		assert_int_equal(ask(CHANGEABLE), 0);
		return;
	}
	signal(SIGUSR1, SIG_IGN);
	signal(64, SIG_IGN);
	signal(SIGUSR2, SIG_DFL);
	heeded = ask(CHANGEABLE);
	assert_true(heeded & BIT(SIGUSR2));
	assert_false(heeded & (BIT(SIGUSR1) | BIT(64)));
	signal(SIGUSR1, SIG_DFL);
	signal(64, SIG_DFL);
	assert_true(ask(CHANGEABLE) & BIT(SIGUSR1));
	assert_true(ask(CHANGEABLE) & BIT(64));
	assert_int_equal(ask(CHANGEABLE) & BIT(SIGKILL), 0);
}

/* A call for each is cheaper then, and nothing is asked for in vain. */
static void few_are_not_asked_about(void **state)
{
	const struct plan none = { .ops = NULL };

	(void)state;
	assert_int_equal(ask(BIT(SIGPIPE)), 0);
	assert_int_equal(ask(CHANGEABLE & UINT32_MAX), 0);
	assert_int_equal(libspawn__ignored_not(&none), 0);
}

static void *wait_to_be_cancelled(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* Another may be inside system(), which ignores two. */
static void with_a_second_thread_nobody_knows(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(
		pthread_create(&thread, NULL, wait_to_be_cancelled, NULL), 0);
	assert_int_equal(ask(CHANGEABLE), 0);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_not_ignored_is_known),
	cmocka_unit_test(few_are_not_asked_about),
	cmocka_unit_test(with_a_second_thread_nobody_knows),
};

UNIT_MAIN(tests)
