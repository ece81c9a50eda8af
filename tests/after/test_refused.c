/* SPDX-License-Identifier: MIT */
/*
 * Waiting, signals and stopping where a filter refuses the calls of pidfds, as
 * an old kernel or a container does: all of it works by pid.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "held.h"
#include "refuse.h"

/* waitid()'s first argument for a pidfd. */
enum { BY_PIDFD = 3 };

static int refusal;

static void wait_and_signal(uint64_t flags)
{
	struct held held;

	hold(&held, flags, 14);
	assert_int_equal(libspawn_wait(&held.process, 0, NULL), ETIMEDOUT);
	assert_int_equal(libspawn_wait(&held.process, 25, NULL), ETIMEDOUT);
	let_go(&held);
	assert_int_equal(libspawn_wait(&held.process, 100000, NULL), 0);
	expect_end(&held.process, LIBSPAWN_END_EXITED, 14);
	assert_int_equal(libspawn_signal(&held.process, SIGKILL, 0), ESRCH);

	hold(&held, flags | LIBSPAWN_PROCESS_GROUP, 0);
	assert_int_equal(libspawn_signal(&held.process, 0, 0), 0);
	assert_int_equal(
		libspawn_signal(&held.process, SIGUSR1, LIBSPAWN_SIGNAL_GROUP),
		0);
	expect_end(&held.process, LIBSPAWN_END_KILLED, SIGUSR1);
	let_go(&held);
	hold(&held, flags, 0);
	assert_int_equal(
		libspawn_signal(&held.process, SIGUSR1, LIBSPAWN_SIGNAL_GROUP),
		EINVAL);
	finish_held(&held, 0);
}

static void stop_and_wait_any(uint64_t flags)
{
	const struct libspawn_stop_how how = {
		.size = sizeof how,
		.grace_ms = 100000,
	};
	struct libspawn_process *list[3];
	struct libspawn_status status;
	struct held helds[3];
	size_t index = 0;

	for (int n = 0; n < 3; n++) {
		hold(&helds[n], flags, n);
		list[n] = &helds[n].process;
	}
	assert_int_equal(libspawn_wait_any(list, 3, 25, &index, NULL),
			 ETIMEDOUT);
	let_go(&helds[1]);
	assert_int_equal(libspawn_wait_any(list, 3, 100000, &index, &status),
			 0);
	assert_int_equal(index, 1);
	assert_int_equal(status.code, 1);
	for (int n = 0; n < 3; n += 2) {
		assert_int_equal(libspawn_stop(list[n], &how, &status), 0);
		assert_int_equal(status.code, SIGTERM);
		let_go(&helds[n]);
	}
	for (int n = 0; n < 3; n++)
		libspawn_close(list[n]);
}

static void do_everything(void)
{
	wait_and_signal(0);
	stop_and_wait_any(0);
	if (held_pidfd()) {
		wait_and_signal(held_pidfd());
		stop_and_wait_any(held_pidfd());
	}
}

static void no_open_body(void)
{
	need_refusals();
	refuse_call("pidfd_open", refusal);
	do_everything();
}

static void no_signal_body(void)
{
	need_refusals();
	refuse_call("pidfd_send_signal", refusal);
	do_everything();
}

static void no_wait_body(void)
{
	need_refusals();
	refuse_argument("waitid", 0, BY_PIDFD, refusal);
	do_everything();
}

static void nothing_body(void)
{
	need_refusals();
	refuse_call("pidfd_open", refusal);
	refuse_call("pidfd_send_signal", refusal);
	refuse_argument("waitid", 0, BY_PIDFD, refusal);
	do_everything();
}

/* What there is to sleep in is refused: it naps. */
static void no_poll_body(void)
{
	need_refusals();
	refuse_call("ppoll", refusal);
	do_everything();
}

static void with_each_refusal(void (*body)(void))
{
	static const int refusals[] = { ENOSYS, EPERM, EINVAL };

	for (size_t n = 0; n < 3; n++) {
		refusal = refusals[n];
		run_apart(body);
	}
}

static void no_pidfd_may_be_opened(void **state)
{
	(void)state;
	with_each_refusal(no_open_body);
}

static void no_pidfd_may_be_signalled(void **state)
{
	(void)state;
	with_each_refusal(no_signal_body);
}

static void no_pidfd_may_be_waited_for(void **state)
{
	(void)state;
	with_each_refusal(no_wait_body);
}

static void nothing_of_pidfds_may_be_there(void **state)
{
	(void)state;
	with_each_refusal(nothing_body);
}

static void nothing_may_be_polled(void **state)
{
	(void)state;
	with_each_refusal(no_poll_body);
}

/* Whoever must not wait at all hears of it, and nothing hangs. */
static void no_waitid_body(void)
{
	struct libspawn_status status;
	struct held held;
	size_t index = 0;
	struct libspawn_process *list[] = { &held.process };

	need_refusals();
	hold(&held, held_pidfd(), 0);
	refuse_call("waitid", ENOSYS);
	assert_int_equal(libspawn_wait(&held.process, -1, &status), ENOSYS);
	assert_int_equal(status.end, LIBSPAWN_END_RUNNING);
	assert_int_equal(libspawn_wait(&held.process, 10, NULL), ENOSYS);
	assert_int_equal(libspawn_wait_any(list, 1, -1, &index, NULL), ENOSYS);
	assert_int_equal(libspawn_stop(&held.process, NULL, NULL), ENOSYS);
	let_go(&held);
	reap(held.process.pid);
	libspawn_close(&held.process);
}

static void without_any_wait_there_is_an_error(void **state)
{
	(void)state;
	run_apart(no_waitid_body);
}

static const struct CMUnitTest tests[] = {
	TEST(no_pidfd_may_be_opened),
	TEST(no_pidfd_may_be_signalled),
	TEST(no_pidfd_may_be_waited_for),
	TEST(nothing_of_pidfds_may_be_there),
	TEST(nothing_may_be_polled),
	TEST(without_any_wait_there_is_an_error),
};

TEST_MAIN(tests)
