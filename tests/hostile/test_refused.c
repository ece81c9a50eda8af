/* SPDX-License-Identifier: MIT */
/*
 * System calls refused by a filter, as containers do: each falls back, and the
 * result says so; when nothing is left, the error says that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"
#include "refuse.h"

/* The errno of the filter under test. */
static int refusal;

static uint32_t fallbacks_of(const struct libspawn_process *process)
{
	/* Whether memory is shared is not what is tested here. */
	return process->fallbacks & ~LIBSPAWN_FALLBACK_PIPE;
}

static uint32_t without_clone3(void)
{
	uint32_t fallbacks = support_own_fallbacks();

	if (support_backend == LIBSPAWN_BACKEND_CLONE ||
	    support_backend == LIBSPAWN_BACKEND_FORK)
		fallbacks |= LIBSPAWN_FALLBACK_CLONE3;
	return fallbacks;
}

static uint32_t without_close_range(void)
{
	return support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN
		       ? 0
		       : LIBSPAWN_FALLBACK_CLOSE_RANGE;
}

/* The first start finds out, the second knows; a failure fails as always. */
static void start_in_spite(uint32_t fallbacks)
{
	struct libspawn_options options = plain_options();
	struct libspawn_process process;

	for (int n = 0; n < 2; n++) {
		process = start_and_reap(&options);
		assert_int_equal(process.backend, support_backend);
		assert_int_equal(fallbacks_of(&process), fallbacks);
	}
	assert_seen(run_probe(NULL, "fds"), "fds", "0,1,2");
	expect_failure(NULL, "/nonexistent", exit_argv, ENOENT,
		       LIBSPAWN_STEP_EXEC, -1);
}

static void no_clone3_body(void)
{
	need_refusals();
	refuse_call("clone3", refusal);
	start_in_spite(without_clone3());
}

/* glibc's posix_spawn() takes clone() for ENOSYS only. */
static int libc_falls_back(void)
{
	return support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN ||
	       refusal == ENOSYS;
}

static void clone3_may_be_refused(void **state)
{
	static const int refusals[] = { ENOSYS, EPERM, EINVAL, E2BIG };

	(void)state;
	for (size_t n = 0; n < 4; n++) {
		refusal = refusals[n];
		if (libc_falls_back())
			run_apart(no_clone3_body);
	}
}

static void no_close_range_body(void)
{
	need_refusals();
	refuse_call("close_range", refusal);
	start_in_spite(without_close_range());
}

static void close_range_may_be_refused(void **state)
{
	static const int refusals[] = { ENOSYS, EPERM, EINVAL };

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		refusal = refusals[n];
		run_apart(no_close_range_body);
	}
}

static void neither_body(void)
{
	need_refusals();
	refuse_call("clone3", refusal);
	refuse_call("close_range", refusal);
	start_in_spite(without_clone3() | without_close_range());
}

static void both_may_be_refused(void **state)
{
	static const int refusals[] = { ENOSYS, EPERM };

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		refusal = refusals[n];
		if (libc_falls_back())
			run_apart(neither_body);
	}
}

/* ---- The next backend, and none ---------------------------------------- */

static void refuse_clones(void)
{
	need_refusals();
	refuse_call("clone3", refusal);
	refuse_call_without("clone", CLONE_THREAD, refusal);
}

static void no_clone_body(void)
{
	struct libspawn_options options = { OPTIONS };
	struct libspawn_process process;

	refuse_clones();
	process = start_and_reap(&options);
	assert_int_equal(process.backend, LIBSPAWN_BACKEND_VFORK);
	options.backend = LIBSPAWN_BACKEND_VFORK;
	start_and_reap(&options);
}

static void without_clone_the_next_backend_runs(void **state)
{
	static const int refusals[] = { ENOSYS, EPERM };

	(void)state;
	if (!vfork_is_vfork())
		skip_with_reason("vfork() is a clone() here");
	for (size_t n = 0; n < 2; n++) {
		refusal = refusals[n];
		run_apart(no_clone_body);
	}
}

/* Whether by a refusal or for want of any way, never with a process. */
static int fail_to_create(uint32_t backend, uint64_t flags)
{
	struct libspawn_options options = { OPTIONS, .backend = backend,
					    .flags = flags };
	struct libspawn_error error = unset_error();
	struct libspawn_process process;
	int code = libspawn_start(&process, support_probe, exit_argv, &options,
				  &error);

	assert_int_equal(code, error.code);
	if (error.step == LIBSPAWN_STEP_BACKEND)
		assert_int_equal(code, ENOTSUP);
	else if (error.step == LIBSPAWN_STEP_CREATE ||
		 error.step == LIBSPAWN_STEP_POSIX_SPAWN)
		assert_int_equal(code, refusal);
	else
		fail_msg("step %s", libspawn_step_name(error.step));
	return error.step;
}

static void nothing_left_body(void)
{
	refuse_clones();
	if (vfork_is_vfork()) {
		refuse_call("vfork", refusal);
		refuse_call("fork", refusal);
	}
	fail_to_create(support_backend, 0);
	fail_to_create(LIBSPAWN_BACKEND_ANY, 0);
	fail_to_create(LIBSPAWN_BACKEND_ANY, LIBSPAWN_ALLOW_FORK);
}

static void with_every_way_refused_creation_fails(void **state)
{
	static const int refusals[] = { ENOSYS, EPERM };

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		refusal = refusals[n];
		run_apart(nothing_left_body);
	}
}

/* A lack of memory or processes is no reason to try something worse. */
static void no_memory_body(void)
{
	refuse_clones();
	assert_int_equal(
		fail_to_create(LIBSPAWN_BACKEND_ANY, LIBSPAWN_ALLOW_FORK),
		LIBSPAWN_STEP_CREATE);
}

static void out_of_memory_is_no_reason_to_fork(void **state)
{
	static const int refusals[] = { ENOMEM, EAGAIN };

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		refusal = refusals[n];
		run_apart(no_memory_body);
	}
}

/* ---- What clone3 alone can do ------------------------------------------ */

static void pidfd_body(void)
{
	struct libspawn_options options = { OPTIONS, .flags = LIBSPAWN_PIDFD };
	struct pollfd ended = { .events = POLLIN };
	struct seen *seen;

	need_refusals();
	refuse_call("clone3", EPERM);
	seen = start_probe(&options, "args");
	assert_int_equal(fallbacks_of(&seen->process), without_clone3());
	ended.fd = seen->process.pidfd;
	assert_int_equal(fcntl(ended.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(poll(&ended, 1, -1), 1);
	collect(seen);
	assert_int_equal(seen->status, 0);
	options.cwd = "/nonexistent";
	expect_probe_failure(&options, ENOENT, LIBSPAWN_STEP_CWD, -1);
}

static void a_pidfd_needs_no_clone3(void **state)
{
	struct libspawn_options options = { OPTIONS, .flags = LIBSPAWN_PIDFD };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_PIDFD);
	run_apart(pidfd_body);
}

/* ---- What a step says by itself ------------------------------------------ */

/* A step may say ETIMEDOUT; of a start that is begun only the library may. */
static void timed_out_body(void)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.flags = LIBSPAWN_NEW_SESSION,
	};
	struct libspawn_error error;
	struct libspawn_pending *pending;
	struct libspawn_process process;

	need_refusals();
	refuse_call("setsid", ETIMEDOUT);
	expect_probe_failure(&options, ETIMEDOUT, LIBSPAWN_STEP_SESSION, -1);
	options.flags |= LIBSPAWN_MAY_WAIT;
	assert_int_equal(libspawn_begin(&pending, support_probe, exit_argv,
					&options, NULL),
			 0);
	assert_int_equal(
		libspawn_finish(pending, LIBSPAWN_FOREVER, &process, &error),
		EIO);
	assert_int_equal(error.step, LIBSPAWN_STEP_SESSION);
	assert_int_equal(error.code, EIO);
	assert_no_child();
}

static void a_step_that_timed_out_is_no_start_under_way(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("posix_spawn() fails at once");
	run_apart(timed_out_body);
}

static const struct CMUnitTest tests[] = {
	TEST(clone3_may_be_refused),
	TEST(close_range_may_be_refused),
	TEST(both_may_be_refused),
	TEST(without_clone_the_next_backend_runs),
	TEST(with_every_way_refused_creation_fails),
	TEST(out_of_memory_is_no_reason_to_fork),
	TEST(a_pidfd_needs_no_clone3),
	TEST(a_step_that_timed_out_is_no_start_under_way),
};

TEST_MAIN(tests)
