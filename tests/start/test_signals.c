/* SPDX-License-Identifier: MIT */
/* Signal dispositions and the signal mask of the child, all 64 of each. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "linux_calls.h"
#include "support.h"

#define BIT(number) (UINT64_C(1) << ((number)-1))
#define CANNOT_BLOCK (BIT(SIGKILL) | BIT(SIGSTOP))

/* Of the signals that can be compared. */
static void assert_signals(const struct seen *seen, const char *key,
			   uint64_t expected)
{
	assert_int_equal(seen_set(seen, key) & support_signals(),
			 expected & support_signals());
}

static void handler(int number)
{
	(void)number;
}

/* The C library's own functions leave out the signals that it uses itself. */
static uint64_t set_raw_mask(uint64_t mask)
{
	uint64_t old = 0;

	assert_int_equal(change_mask(&mask, &old), 0);
	return old;
}

static void signals_are_inherited_as_exec_would(void **state)
{
	struct seen *seen;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, handler);
	signal(LAST_REAL_TIME, SIG_IGN);
	seen = run_probe(NULL, "signals");
	signal(SIGPIPE, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	signal(LAST_REAL_TIME, SIG_DFL);
	assert_signals(seen, "sigignore", BIT(SIGPIPE) | BIT(LAST_REAL_TIME));
	assert_signals(seen, "sigcatch", 0);
	assert_signals(seen, "sigmask", 0);
}

static void the_callers_handlers_stay(void **state)
{
	struct sigaction action;

	(void)state;
	signal(SIGUSR1, handler);
	run_probe(NULL, "signals");
	sigaction(SIGUSR1, NULL, &action);
	assert_ptr_equal(action.sa_handler, handler);
	signal(SIGUSR1, SIG_DFL);
}

static void chosen_signals_are_set_to_default(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.signal_default =
			BIT(SIGPIPE) | BIT(FOURTH_REAL_TIME) | BIT(SIGUSR2),
	};
	struct seen *seen;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	signal(FOURTH_REAL_TIME, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	seen = run_probe(&options, "signals");
	signal(SIGPIPE, SIG_DFL);
	signal(FOURTH_REAL_TIME, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	assert_signals(seen, "sigignore", BIT(SIGHUP));
}

static void all_signals_are_set_to_default_on_request(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_DEFAULT_SIGNALS,
	};
	struct seen *seen;

	(void)state;
	for (int i = 1; i <= 64; i++)
		signal(i, SIG_IGN);
	/* An ignored SIGCHLD would reap the child for us. */
	signal(SIGCHLD, handler);
	seen = run_probe(&options, "signals");
	for (int i = 1; i <= 64; i++)
		signal(i, SIG_DFL);
	assert_signals(seen, "sigignore", 0);
	assert_signals(seen, "sigcatch", 0);
}

static void chosen_signals_are_ignored(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.signal_ignore = BIT(SIGINT) | BIT(SIGQUIT) | BIT(64),
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_SIGNALS);
	assert_signals(run_probe(&options, "signals"), "sigignore",
		       BIT(SIGINT) | BIT(SIGQUIT) | BIT(64));
}

static void all_are_default_but_those_ignored(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_DEFAULT_SIGNALS,
		.signal_ignore = BIT(SIGINT),
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_SIGNALS);
	signal(SIGHUP, SIG_IGN);
	seen = run_probe(&options, "signals");
	signal(SIGHUP, SIG_DFL);
	assert_signals(seen, "sigignore", BIT(SIGINT));
}

/* Only of a process with one thread is it known what it ignores. */
static void *wait_for_end(void *fd)
{
	char byte;

	read(*(int *)fd, &byte, 1);
	return NULL;
}

static void also_in_a_process_with_threads(void **state)
{
	pthread_t thread;
	int ends[2];
	int code;

	support_ignore_mappings(); /* its stack */
	assert_int_equal(pipe(ends), 0);
	code = pthread_create(&thread, NULL, wait_for_end, &ends[0]);
	if (code != 0) {
		close(ends[0]);
		close(ends[1]);
	}
	if (code == EPERM)
		skip_with_reason("a filter lets nobody make a thread");
	assert_int_equal(code, 0);
	all_signals_are_set_to_default_on_request(state);
	all_are_default_but_those_ignored(state);
	close(ends[1]);
	pthread_join(thread, NULL);
	close(ends[0]);
}

static void every_signal_can_be_ignored_or_set_to_default(void **state)
{
	(void)state;
	for (int i = 1; i <= 64; i++) {
		struct libspawn_options options = { OPTIONS };

		if (BIT(i) & CANNOT_BLOCK || !(BIT(i) & support_signals()))
			continue;
		options.signal_default = BIT(i);
		assert_signals(run_probe(&options, "signals"), "sigignore", 0);
		if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
			continue;
		options.signal_default = 0;
		options.signal_ignore = BIT(i);
		assert_signals(run_probe(&options, "signals"), "sigignore",
			       BIT(i));
	}
}

static void signals_without_a_meaning_are_refused(void **state)
{
	static const int fixed[] = { SIGKILL, SIGSTOP };
	struct libspawn_options options = { OPTIONS };

	(void)state;
	for (int i = 0; i < 2; i++) {
		options.signal_default = BIT(fixed[i]) | BIT(40);
		options.signal_ignore = 0;
		expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SIGNALS,
			       fixed[i]);
		options.signal_default = 0;
		options.signal_ignore = BIT(fixed[i]) | BIT(40);
		expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SIGNALS,
			       fixed[i]);
	}
	options.signal_default = BIT(SIGHUP) | BIT(SIGPIPE);
	options.signal_ignore = BIT(SIGPIPE) | BIT(SIGUSR1);
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SIGNALS, SIGPIPE);
}

/* ---- Mask -------------------------------------------------------------- */

static void the_callers_mask_is_inherited_whole(void **state)
{
	uint64_t mask = BIT(SIGUSR1) | BIT(40) | BIT(64);
	struct seen *seen;
	uint64_t old;

	(void)state;
	/* The C library's posix_spawn() takes its own signals out. */
	if (support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN)
		mask |= BIT(32) | BIT(33);
	old = set_raw_mask(mask);
	seen = run_probe(NULL, "signals");
	assert_int_equal(set_raw_mask(old) & support_signals(),
			 mask & support_signals());
	assert_signals(seen, "sigmask", mask);
}

static void the_mask_is_set_also_to_nothing(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_SIGNAL_MASK,
	};
	uint64_t old = set_raw_mask(BIT(SIGUSR1) | BIT(SIGTERM));
	struct seen *seen = run_probe(&options, "signals");

	(void)state;
	set_raw_mask(old);
	assert_signals(seen, "sigmask", 0);
	options.signal_mask = BIT(SIGTERM) | BIT(34) | BIT(64);
	seen = run_probe(&options, "signals");
	assert_signals(seen, "sigmask", options.signal_mask);
}

static void a_full_mask_leaves_out_what_cannot_be_blocked(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_SIGNAL_MASK,
		.signal_mask = UINT64_MAX,
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_SIGNAL_MASK);
	seen = run_probe(&options, "signals");
	assert_signals(seen, "sigmask", ~CANNOT_BLOCK);
}

static void a_mask_without_its_flag_is_refused(void **state)
{
	struct libspawn_options options = { OPTIONS, .signal_mask = 1 };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SIGNAL_MASK, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(signals_are_inherited_as_exec_would),
	TEST(the_callers_handlers_stay),
	TEST(chosen_signals_are_set_to_default),
	TEST(all_signals_are_set_to_default_on_request),
	TEST(chosen_signals_are_ignored),
	TEST(all_are_default_but_those_ignored),
	TEST(also_in_a_process_with_threads),
	TEST(every_signal_can_be_ignored_or_set_to_default),
	TEST(signals_without_a_meaning_are_refused),
	TEST(the_callers_mask_is_inherited_whole),
	TEST(the_mask_is_set_also_to_nothing),
	TEST(a_full_mask_leaves_out_what_cannot_be_blocked),
	TEST(a_mask_without_its_flag_is_refused),
};

TEST_MAIN(tests)
