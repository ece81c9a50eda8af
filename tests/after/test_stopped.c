/* SPDX-License-Identifier: MIT */
/* A run that does not end by itself: deadlines, limits, those left behind. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "apart.h"
#include "capture.h"
#include "linux_calls.h"

/* The child is stopped when it says that it is ready. */
#define AT_ITS_WORD                                                            \
	{                                                                      \
		.kind = LIBSPAWN_STREAM_MEMORY, .limit = 1                     \
	}

/* ---- Deadlines --------------------------------------------------------- */

static void a_child_that_does_not_end_is_stopped(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.timeout_ms = 50,
		.output = TO_MEMORY,
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture, "pause");
	assert_killed(&result.status, SIGKILL);
	assert_captured(&result.output, "");
	assert_int_equal(result.flags, LIBSPAWN_RUN_TIMED_OUT);
	assert_int_equal(result.status.flags & LIBSPAWN_STATUS_FORCED,
			 LIBSPAWN_STATUS_FORCED);
	libspawn_free(&result);
}

static void a_child_that_is_asked_may_say_its_last_words(void **state)
{
	const struct libspawn_stop_how how = {
		.size = sizeof how,
		.signal = SIGUSR1,
		.grace_ms = 60000,
	};
	const struct libspawn_capture capture = {
		CAPTURE,
		.flags = LIBSPAWN_CAPTURE_STOP_AT_LIMIT,
		.stop = &how,
		.output = TO_MEMORY,
		.error = AT_ITS_WORD,
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture,
		   "last 10 farewell say 2 ready pause");
	assert_exited(&result.status, 7);
	assert_captured(&result.output, "farewell");
	assert_int_equal(result.flags, LIBSPAWN_RUN_ERROR_CUT);
	assert_true(result.status.flags & LIBSPAWN_STATUS_ASKED);
	assert_false(result.status.flags & LIBSPAWN_STATUS_FORCED);
	libspawn_free(&result);
}

static void a_child_that_does_not_obey_is_killed(void **state)
{
	const struct libspawn_stop_how how = {
		.size = sizeof how,
		.grace_ms = 50,
	};
	const struct libspawn_capture capture = {
		CAPTURE,
		.flags = LIBSPAWN_CAPTURE_STOP_AT_LIMIT,
		.stop = &how,
		.output = TO_MEMORY,
		.error = AT_ITS_WORD,
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture,
		   "ignore 15 say 1 no say 2 ready pause");
	assert_killed(&result.status, SIGKILL);
	assert_captured(&result.output, "no");
	assert_true(result.status.flags & LIBSPAWN_STATUS_ASKED);
	assert_true(result.status.flags & LIBSPAWN_STATUS_FORCED);
	libspawn_free(&result);
}

/* ---- Other users' ------------------------------------------------------ */

/* A copy of the worker that runs as root, whoever starts it. */
static void make_privileged_worker(char *folder, char path[64])
{
	char *copied = malloc(1 << 22);
	int from = open(worker_path(), O_RDONLY | O_CLOEXEC);
	struct statvfs about;
	ssize_t size;
	int fd;

	assert_non_null(mkdtemp(folder));
	assert_int_equal(chmod(folder, 0755), 0);
	snprintf(path, 64, "%s/worker", folder);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
	size = read(from, copied, 1 << 22);
	assert_int_equal(write(fd, copied, (size_t)size), size);
	assert_int_equal(fchmod(fd, 04755), 0);
	close(fd);
	close(from);
	free(copied);
	assert_int_equal(statvfs(folder, &about), 0);
	if (about.f_flag & ST_NOSUID)
		skip_apart("/tmp takes no set-user-ID programs");
}

/*
 * It becomes root altogether, says so, which is too much, and reads what is
 * more than a pipe holds: it can't end before it should have been killed.
 */
static void unreachable_body(void)
{
	static char input[1000000];
	struct libspawn_capture capture = {
		CAPTURE,
		.flags = LIBSPAWN_CAPTURE_STOP_AT_LIMIT,
		.input = FROM_MEMORY(input, sizeof input),
		.output = AT_ITS_WORD,
	};
	struct libspawn_options options = plain_options();
	char folder[] = "/tmp/libspawn-stopped-XXXXXX";
	char path[64];
	struct libspawn_result result;
	struct words words;
	int code;

	if (!support_is_root() || !ON_LINUX)
		skip_apart("needs root, and setresuid()");
	make_privileged_worker(folder, path);
	assert_int_equal(set_user_ids(65533, 65533, 0), 0);
	code = libspawn_run(&result, path,
			    worker_argv(&words, "become 0 say 1 root count 0"),
			    &options, &capture, NULL);
	assert_int_equal(set_user_ids(0, 0, 0), 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	unlink(path);
	rmdir(folder);
	assert_int_equal(code, 0);
	assert_exited(&result.status, 0);
	assert_int_equal(result.flags, LIBSPAWN_RUN_OUTPUT_CUT);
	assert_int_equal(result.status.flags, LIBSPAWN_STATUS_USAGE);
	libspawn_free(&result);
}

static void one_that_no_signal_reached_was_not_forced(void **state)
{
	(void)state;
	run_apart(unreachable_body);
}

/* ---- Grandchildren ----------------------------------------------------- */

static void a_grandchild_cannot_hold_the_caller(void **state)
{
	const int64_t lingers[] = { 0, 20 };
	struct libspawn_capture capture = {
		CAPTURE,
		.flags = LIBSPAWN_CAPTURE_LINGER,
		.output = TO_MEMORY,
		.error = TO_MEMORY,
	};
	struct libspawn_result result;

	(void)state;
	for (int n = 0; n < 2; n++) {
		capture.linger_ms = lingers[n];
		run_worker(&result, NULL, &capture,
			   "leave fill 1 200000 exit 6");
		assert_exited(&result.status, 6);
		assert_int_equal(result.output.size, 200000);
		assert_pattern(result.output.bytes, 200000);
		assert_int_equal(result.flags, LIBSPAWN_RUN_LEFT_OPEN);
		end_left(&result);
		libspawn_free(&result);
	}
}

static void a_grandchild_is_waited_for_on_request(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.flags = LIBSPAWN_CAPTURE_LINGER,
		.linger_ms = LIBSPAWN_FOREVER,
		.output = TO_MEMORY,
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture, "late late say 1 early,");
	assert_captured(&result.output, "early,late");
	assert_int_equal(result.flags, 0);
	libspawn_free(&result);
}

static void a_group_is_stopped_as_one(void **state)
{
	const struct libspawn_stop_how how = {
		.size = sizeof how,
		.flags = LIBSPAWN_STOP_GROUP,
	};
	const struct libspawn_capture capture = {
		CAPTURE,
		.flags = LIBSPAWN_CAPTURE_GROUP | LIBSPAWN_CAPTURE_LINGER |
			 LIBSPAWN_CAPTURE_STOP_AT_LIMIT,
		/* Longer than the test may take. */
		.linger_ms = 3600000,
		.stop = &how,
		.output = TO_MEMORY,
		/* Of more than one digit: the grandchild's pid. */
		.error = AT_ITS_WORD,
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture, "leave pause");
	assert_killed(&result.status, SIGKILL);
	/* Nobody holds the streams: the grandchild is gone too. */
	assert_int_equal(result.flags, LIBSPAWN_RUN_ERROR_CUT);
	libspawn_free(&result);
}

static const struct CMUnitTest tests[] = {
	TEST(a_child_that_does_not_end_is_stopped),
	TEST(a_child_that_is_asked_may_say_its_last_words),
	TEST(a_child_that_does_not_obey_is_killed),
	TEST(one_that_no_signal_reached_was_not_forced),
	TEST(a_grandchild_cannot_hold_the_caller),
	TEST(a_grandchild_is_waited_for_on_request),
	TEST(a_group_is_stopped_as_one),
};

TEST_MAIN(tests)
