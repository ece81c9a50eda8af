/* SPDX-License-Identifier: MIT */
/*
 * A worker whose waits a signal ends, as it was started to: the caller's
 * handler has run, and the caller wants to know. Closing it is no wait.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "employ.h"

static int linger(struct libspawn_worker *self)
{
	int code = report(self, "here");

	if (code)
		return 1;
	for (;;)
		pause();
}

static const struct libspawn_function functions[] = {
	{ .name = "linger", .run = linger },
};

static void interrupted_body(void)
{
	const struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.flags = LIBSPAWN_INTERRUPTIBLE,
	};
	const struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *worker = employ("linger", &how);
	struct libspawn_status status;

	expect_text(worker, "here");
	start_storm(5000, 0);
	assert_int_equal(libspawn_worker_wait(worker, PATIENCE_MS, &status),
			 EINTR);
	assert_int_equal(libspawn_worker_close(worker, 100, &status), 0);
	stop_storm();
	assert_int_equal(status.end, LIBSPAWN_END_KILLED);
	assert_true(status.flags & LIBSPAWN_STATUS_FORCED);
	assert_no_child();
}

static void a_signal_ends_the_wait_and_not_the_closing(void **state)
{
	(void)state;
	run_apart(interrupted_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_signal_ends_the_wait_and_not_the_closing),
};

EMPLOY_MAIN(functions, tests)
