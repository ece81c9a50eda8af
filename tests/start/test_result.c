/* SPDX-License-Identifier: MIT */
/*
 * What a start returns: the process, the backend that ran, a descriptor for
 * the process; and how a backend is chosen.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/*
 * There is a clone of our own where src/child/arch knows the processor, and a
 * vfork() that is one everywhere but on macOS.
 */
#if defined(__APPLE__)
#define FIRST_BACKEND LIBSPAWN_BACKEND_POSIX_SPAWN
#elif !defined(__linux__) || defined(LIBSPAWN_PORTABLE) ||                     \
	defined(LIBSPAWN_GENERIC)
#define FIRST_BACKEND LIBSPAWN_BACKEND_VFORK
#elif defined(__x86_64__) || defined(__i386__) || defined(__aarch64__) ||      \
	defined(__arm__) || defined(__riscv) || defined(__s390x__) ||          \
	defined(__powerpc64__) || defined(__mips64) || defined(__loongarch64)
#define FIRST_BACKEND LIBSPAWN_BACKEND_CLONE
#else
#define FIRST_BACKEND LIBSPAWN_BACKEND_VFORK
#endif

#define TEXT(literal) ((char *)(uintptr_t)(literal))

static char *argv_exit[] = { TEXT("probe"), TEXT("exit"), TEXT("42"), NULL };

/* Start, reap, and return which backend ran, or 0 for a failure. */
static uint32_t backend_that_ran(const struct libspawn_options *options,
				 struct libspawn_error *error)
{
	struct libspawn_process process;
	int status;

	if (libspawn_start(&process, support_probe, argv_exit, options, error))
		return 0;
	assert_int_equal(waitpid(process.pid, &status, 0), process.pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	return process.backend;
}

static void the_process_is_a_child_of_the_caller(void **state)
{
	struct seen *seen = run_probe(NULL, "process");

	(void)state;
	assert_int_equal(seen_number(seen, "pid"), seen->process.pid);
	assert_int_equal(seen_number(seen, "ppid"), getpid());
	assert_int_equal(seen->process.retries, 0);
}

static void the_exit_status_is_the_programs(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
	};
	char *argv[] = { TEXT("probe"), TEXT("kill"), TEXT("9"), NULL };
	struct seen *seen = run_program(NULL, support_probe, argv, 1);

	(void)state;
	assert_int_equal(backend_that_ran(&options, NULL), support_backend);
	assert_true(WIFSIGNALED(seen->status));
	assert_int_equal(WTERMSIG(seen->status), SIGKILL);
}

static void every_field_of_the_result_is_written(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
	};
	struct libspawn_process process;

	(void)state;
	memset(&process, 0x5a, sizeof process);
	assert_int_equal(libspawn_start(&process, support_probe, argv_exit,
					&options, NULL),
			 0);
	assert_int_equal(waitpid(process.pid, NULL, 0), process.pid);
	assert_int_equal(process.pidfd, -1);
	assert_int_equal(process.backend, support_backend);
	assert_int_equal(process.retries, 0);
	assert_int_equal(process.fallbacks & ~15u, 0);
	assert_int_equal(process.state, 0);
	assert_int_equal(process.flags | process.spare[0], 0);
}

static void the_error_is_not_written_on_success(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
	};
	struct libspawn_error error, untouched;

	(void)state;
	memset(&error, 0x5a, sizeof error);
	memset(&untouched, 0x5a, sizeof untouched);
	assert_int_equal(backend_that_ran(&options, &error), support_backend);
	assert_memory_equal(&error, &untouched, sizeof error);
}

static void options_and_error_may_be_missing(void **state)
{
	struct libspawn_process process;

	(void)state;
	assert_int_equal(backend_that_ran(NULL, NULL), FIRST_BACKEND);
	assert_int_equal(
		libspawn_start(&process, "/nonexistent", argv_exit, NULL, NULL),
		ENOENT);
}

static void a_descriptor_for_the_process_is_returned(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.flags = LIBSPAWN_PIDFD,
	};
	struct libspawn_process process;
	struct pollfd ready = { .events = POLLIN };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES | ELSEWHERE_DECLINES,
			      &options, LIBSPAWN_STEP_PIDFD);
	assert_int_equal(libspawn_start(&process, support_probe, argv_exit,
					&options, NULL),
			 0);
	assert_int_equal(process.backend, support_backend);
	assert_true(process.pidfd >= 0);
	assert_int_equal(fcntl(process.pidfd, F_GETFD), FD_CLOEXEC);
	ready.fd = process.pidfd;
	assert_int_equal(poll(&ready, 1, -1), 1);
	assert_int_equal(waitpid(process.pid, NULL, WNOHANG), process.pid);
	close(process.pidfd);
}

static void the_descriptor_is_closed_when_the_start_fails(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_PIDFD,
		.cwd = "/nonexistent",
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES | ELSEWHERE_DECLINES,
			      &options, LIBSPAWN_STEP_PIDFD);
	expect_probe_failure(&options, ENOENT, LIBSPAWN_STEP_CWD, -1);
}

static void the_errno_of_the_caller_stays(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
		.cwd = "/nonexistent",
	};
	struct libspawn_process process;

	(void)state;
	errno = EDOM;
	libspawn_start(&process, support_probe, argv_exit, &options, NULL);
	assert_int_equal(errno, EDOM);
	options.cwd = NULL;
	libspawn_start(&process, support_probe, argv_exit, &options, NULL);
	assert_int_equal(errno, EDOM);
	waitpid(process.pid, NULL, 0);
}

/* ---- The choice of a backend ------------------------------------------- */

static void the_backend_named_is_the_one_that_runs(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
	};

	(void)state;
	assert_int_equal(libspawn_query(support_backend, NULL, NULL),
			 support_backend);
	assert_int_equal(libspawn_query(support_backend, &options, NULL),
			 support_backend);
	assert_int_equal(backend_that_ran(&options, NULL), support_backend);
}

static void any_is_the_first_and_never_a_fork(void **state)
{
	struct libspawn_options options = { OPTIONS };

	(void)state;
	assert_int_equal(libspawn_query(LIBSPAWN_BACKEND_ANY, &options, NULL),
			 FIRST_BACKEND);
	assert_int_equal(backend_that_ran(&options, NULL), FIRST_BACKEND);
	options.flags = LIBSPAWN_ALLOW_FORK;
	assert_int_equal(backend_that_ran(&options, NULL), FIRST_BACKEND);
}

static void the_environment_overrides_the_backend(void **state)
{
	const char *name = libspawn_backend_name(support_backend);
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_ALLOW_FORK,
	};
	struct libspawn_error error = { 0 };

	(void)state;
	setenv("LIBSPAWN_BACKEND", name, 1);
	assert_int_equal(backend_that_ran(&options, NULL), support_backend);
	options.backend = LIBSPAWN_BACKEND_CLONE;
	assert_int_equal(backend_that_ran(&options, NULL), support_backend);
	options.flags |= LIBSPAWN_UMASK;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN) {
		assert_int_equal(backend_that_ran(&options, &error), 0);
		assert_int_equal(error.code, ENOTSUP);
		assert_int_equal(error.step, LIBSPAWN_STEP_UMASK);
		assert_int_equal(error.backend, support_backend);
	} else {
		assert_int_equal(backend_that_ran(&options, NULL),
				 support_backend);
	}
	unsetenv("LIBSPAWN_BACKEND");
}

static void the_environment_alone_can_not_ask_for_a_fork(void **state)
{
	struct libspawn_options options = { OPTIONS };
	struct libspawn_error error = { 0 };

	(void)state;
	setenv("LIBSPAWN_BACKEND", "fork", 1);
	assert_int_equal(backend_that_ran(&options, &error), 0);
	assert_int_equal(error.code, ENOTSUP);
	assert_int_equal(error.step, LIBSPAWN_STEP_BACKEND);
	options.backend = LIBSPAWN_BACKEND_FORK;
	assert_int_equal(backend_that_ran(&options, NULL),
			 LIBSPAWN_BACKEND_FORK);
	unsetenv("LIBSPAWN_BACKEND");
}

static void a_backend_that_does_not_exist_is_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = LIBSPAWN_BACKEND_FORK + 1,
	};
	struct libspawn_error error = { 0 };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_BACKEND, -1);
	assert_int_equal(libspawn_query(99, NULL, &error), -EINVAL);
	assert_int_equal(error.step, LIBSPAWN_STEP_BACKEND);
	options.backend = LIBSPAWN_BACKEND_ANY;
	setenv("LIBSPAWN_BACKEND", "nonsense", 1);
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_BACKEND, -1);
	assert_int_equal(libspawn_query(0, NULL, NULL), -EINVAL);
	setenv("LIBSPAWN_BACKEND", "", 1);
	assert_int_equal(libspawn_query(0, NULL, NULL), FIRST_BACKEND);
	unsetenv("LIBSPAWN_BACKEND");
}

/* ---- Names ------------------------------------------------------------- */

static void backends_and_steps_have_names(void **state)
{
	static const char *const names[] = { "clone", "vfork", "posix_spawn",
					     "fork" };

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		assert_string_equal(libspawn_backend_name(i + 1), names[i]);
	assert_string_equal(libspawn_backend_name(5), "unknown");
	for (int32_t i = 0; i < LIBSPAWN_STEP_COUNT; i++) {
		if (i > LIBSPAWN_STEP_BEGIN && i < LIBSPAWN_STEP_HOSTNAME)
			continue;
		assert_string_not_equal(libspawn_step_name(i), "unknown");
		for (int32_t j = 0; j < i; j++)
			assert_string_not_equal(libspawn_step_name(i),
						libspawn_step_name(j));
	}
	assert_string_equal(libspawn_step_name(LIBSPAWN_STEP_CWD), "cwd");
	assert_string_equal(libspawn_step_name(LIBSPAWN_STEP_COUNT), "unknown");
	assert_string_equal(libspawn_step_name(-1), "unknown");
}

static void the_version_is_the_headers(void **state)
{
	char text[64];

	(void)state;
	snprintf(text, sizeof text, "%d.%d.%d", LIBSPAWN_VERSION_MAJOR,
		 LIBSPAWN_VERSION_MINOR, LIBSPAWN_VERSION_PATCH);
	assert_string_equal(libspawn_version(), text);
}

static const struct CMUnitTest tests[] = {
	TEST(the_process_is_a_child_of_the_caller),
	TEST(the_exit_status_is_the_programs),
	TEST(every_field_of_the_result_is_written),
	TEST(the_error_is_not_written_on_success),
	TEST(options_and_error_may_be_missing),
	TEST(a_descriptor_for_the_process_is_returned),
	TEST(the_descriptor_is_closed_when_the_start_fails),
	TEST(the_errno_of_the_caller_stays),
	TEST(the_backend_named_is_the_one_that_runs),
	TEST(any_is_the_first_and_never_a_fork),
	TEST(the_environment_overrides_the_backend),
	TEST(the_environment_alone_can_not_ask_for_a_fork),
	TEST(a_backend_that_does_not_exist_is_refused),
	TEST(backends_and_steps_have_names),
	TEST(the_version_is_the_headers),
};

TEST_MAIN(tests)
