/* SPDX-License-Identifier: MIT */
/*
 * Waits and runs that a signal ends, as they are asked to: the caller's handler
 * has run, and the caller wants to know.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "capture.h"
#include "held.h"

static void interrupt(uint64_t flags)
{
	const struct libspawn_stop_how how = { .size = sizeof how,
					       .signal = SIGWINCH,
					       .grace_ms = -1 };
	struct libspawn_status status;
	struct libspawn_process *processes[2] = { NULL };
	struct held held;
	size_t index = 0;

	hold(&held, flags | LIBSPAWN_INTERRUPTIBLE, 9);
	processes[1] = &held.process;
	assert_int_equal(held.process.flags, LIBSPAWN_PROCESS_INTERRUPTIBLE);
	start_storm(5000, SA_RESTART);
	assert_int_equal(libspawn_wait(&held.process, -1, &status), EINTR);
	assert_int_equal(status.end, LIBSPAWN_END_RUNNING);
	assert_int_equal(libspawn_wait(&held.process, 1000000, NULL), EINTR);
	assert_int_equal(libspawn_wait_any(processes, 2, -1, &index, &status),
			 EINTR);
	assert_int_equal(libspawn_stop(&held.process, &how, NULL), EINTR);
	held.process.flags = 0;
	assert_int_equal(libspawn_wait(&held.process, 20, NULL), ETIMEDOUT);
	stop_storm();
	finish_held(&held, 9);
}

static void waiting_body(void)
{
	interrupt(0);
	if (held_pidfd())
		interrupt(held_pidfd());
}

static void a_signal_ends_a_wait_on_request(void **state)
{
	(void)state;
	run_apart(waiting_body);
}

static void running_body(void)
{
	const struct libspawn_capture capture = { CAPTURE,
						  .output = TO_MEMORY };
	const struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_INTERRUPTIBLE,
	};

	start_storm(5000, SA_RESTART);
	/* Nothing is left of it, and none of the later signals hinders that. */
	fail_worker(&options, &capture, "ignore 15 pause", EINTR,
		    LIBSPAWN_STEP_CAPTURE, -1);
	stop_storm();
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void a_signal_ends_a_run_on_request(void **state)
{
	(void)state;
	running_body();
}

static const struct CMUnitTest tests[] = {
	TEST(a_signal_ends_a_wait_on_request),
	TEST(a_signal_ends_a_run_on_request),
};

TEST_MAIN(tests)
