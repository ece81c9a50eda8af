/* SPDX-License-Identifier: MIT */
/* Running a program to its end, and what it reads and writes meanwhile. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "held.h"
#include "linux_calls.h"

/* ---- What comes back --------------------------------------------------- */

static void output_and_error_come_apart(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.output = TO_MEMORY,
		.error = TO_MEMORY,
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture, "say 1 out say 2 err exit 3");
	assert_captured(&result.output, "out");
	assert_captured(&result.error, "err");
	assert_exited(&result.status, 3);
	assert_int_equal(result.flags, 0);
	assert_true(result.status.flags & LIBSPAWN_STATUS_USAGE);
	libspawn_free(&result);
	assert_null(result.output.bytes);
	libspawn_free(&result);
}

/* What the library joins to them is not cut off with them. */
static void run_with(const struct libspawn_options *options)
{
	const struct libspawn_capture capture = { CAPTURE,
						  .output = TO_MEMORY };
	struct libspawn_result result;
	struct words words;

	assert_int_equal(libspawn_run(&result, worker_path(),
				      worker_argv(&words, "say 1 out exit 3"),
				      options, &capture, NULL),
			 0);
	assert_captured(&result.output, "out");
	assert_exited(&result.status, 3);
	libspawn_free(&result);
}

static void options_of_another_version_are_taken(void **state)
{
	struct {
		struct libspawn_options known;
		uint64_t unknown[4];
	} later = { { .size = sizeof later, .backend = support_backend },
		    { 0 } };
	const struct libspawn_options earlier = { .size = 16,
						  .backend = support_backend };

	(void)state;
	run_with(&later.known);
	run_with(&earlier);
}

static void a_program_is_run_without_a_capture(void **state)
{
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, NULL, "exit 4");
	assert_exited(&result.status, 4);
	assert_null(result.output.bytes);
	libspawn_free(&result);
	libspawn_free(NULL);
}

static void silence_is_an_empty_text(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = { .kind = LIBSPAWN_STREAM_MEMORY },
		.output = TO_MEMORY,
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture, "copy");
	assert_captured(&result.output, "");
	assert_int_equal(result.flags, 0);
	libspawn_free(&result);
}

static void much_goes_both_ways_at_once(void **state)
{
	const size_t sizes[] = {
		1, 4096, 65536, 65537, 131072 + 1, 20 * MIB + 7
	};
	struct libspawn_capture capture = {
		CAPTURE,
		.output = TO_MEMORY,
		.error = TO_MEMORY,
	};
	struct libspawn_result result;
	char *bytes = make_pattern(sizes[5]);

	(void)state;
	for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
		capture.input.kind = LIBSPAWN_STREAM_MEMORY;
		capture.input.bytes = bytes;
		capture.input.size = sizes[n];
		run_worker(&result, NULL, &capture, "copy");
		assert_int_equal(result.output.size, sizes[n]);
		assert_int_equal(result.input_size, sizes[n]);
		assert_memory_equal(result.output.bytes, bytes, sizes[n]);
		assert_int_equal(result.flags, 0);
		libspawn_free(&result);
	}
	free(bytes);
}

static void error_merges_with_output_in_order(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.output = TO_MEMORY,
		.error = { .kind = LIBSPAWN_STREAM_MERGED },
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture, "say 1 a say 2 b say 1 c say 2 d");
	assert_captured(&result.output, "abcd");
	assert_null(result.error.bytes);
	libspawn_free(&result);
}

static void streams_may_be_descriptors_or_nothing(void **state)
{
	int ends[2];
	struct libspawn_capture capture = {
		CAPTURE,
		.input = { .kind = LIBSPAWN_STREAM_NULL },
		.error = { .kind = LIBSPAWN_STREAM_NULL },
	};
	struct libspawn_result result;
	char text[8] = "";

	(void)state;
	assert_int_equal(new_pipe(ends), 0);
	capture.output.kind = LIBSPAWN_STREAM_FD;
	capture.output.fd = ends[1];
	run_worker(&result, NULL, &capture, "count 0 say 2 x");
	assert_int_equal(read(ends[0], text, sizeof text), 1);
	assert_string_equal(text, "0");
	capture.input.kind = LIBSPAWN_STREAM_FD;
	capture.input.fd = ends[0];
	capture.output = (struct libspawn_output)TO_MEMORY;
	assert_int_equal(write(ends[1], "four", 4), 4);
	close(ends[1]);
	run_worker(&result, NULL, &capture, "count 0");
	assert_captured(&result.output, "4");
	libspawn_free(&result);
	close(ends[0]);
}

static void the_childs_streams_are_ordinary_pipes(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = { .kind = LIBSPAWN_STREAM_MEMORY },
		.output = TO_MEMORY,
	};
	struct libspawn_options options = { OPTIONS };
	char *const argv[] = { (char *)(uintptr_t) "probe",
			       (char *)(uintptr_t) "print",
			       (char *)(uintptr_t) "fds", NULL };
	struct libspawn_result result;
	char line[32];

	(void)state;
	options.backend = support_backend;
	assert_int_equal(libspawn_run(&result, support_probe, argv, &options,
				      &capture, NULL),
			 0);
	/* Nothing else is open, and both block. */
	assert_non_null(strstr(result.output.bytes, "fds=0,1,2\n"));
	snprintf(line, sizeof line, "fd.1.flags=%x\n", O_WRONLY);
	assert_non_null(strstr(result.output.bytes, line));
	libspawn_free(&result);
}

/* ---- Bounds ------------------------------------------------------------ */

static void the_callers_own_memory_is_filled_to_its_end(void **state)
{
	char memory[8] = "-------";
	const struct libspawn_capture capture = {
		CAPTURE,
		.output = { .kind = LIBSPAWN_STREAM_MEMORY,
			    .buffer = memory,
			    .limit = 4 },
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture, "say 1 abcd");
	assert_memory_equal(memory, "abcd---", 7);
	assert_int_equal(result.flags, 0);
	run_worker(&result, NULL, &capture, "say 1 12345678 exit 1");
	assert_memory_equal(memory, "1234---", 7);
	assert_ptr_equal(result.output.bytes, memory);
	assert_int_equal(result.output.size, 4);
	assert_int_equal(result.output.total, 8);
	assert_int_equal(result.flags, LIBSPAWN_RUN_OUTPUT_CUT);
	assert_exited(&result.status, 1);
	libspawn_free(&result);
	assert_ptr_equal(result.output.bytes, memory);
}

static void what_exceeds_a_limit_is_read_and_dropped(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.output = { .kind = LIBSPAWN_STREAM_MEMORY, .limit = 100000 },
		.error = { .kind = LIBSPAWN_STREAM_MEMORY, .limit = 3 },
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture,
		   "fill 1 67108864 say 2 four exit 0");
	assert_exited(&result.status, 0);
	assert_int_equal(result.output.size, 100000);
	assert_int_equal(result.output.total, 64 * MIB);
	assert_pattern(result.output.bytes, 100000);
	assert_int_equal(result.error.size, 3);
	assert_int_equal(result.flags,
			 LIBSPAWN_RUN_OUTPUT_CUT | LIBSPAWN_RUN_ERROR_CUT);
	libspawn_free(&result);
}

static void a_limit_may_stop_the_child(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.flags = LIBSPAWN_CAPTURE_STOP_AT_LIMIT,
		.output = { .kind = LIBSPAWN_STREAM_MEMORY, .limit = MIB },
	};
	struct libspawn_result result;

	(void)state;
	/* 10^18 bytes would take years. */
	run_worker(&result, NULL, &capture, "fill 1 1000000000000000000");
	assert_killed(&result.status, SIGKILL);
	assert_true(result.status.flags & LIBSPAWN_STATUS_FORCED);
	assert_int_equal(result.output.size, MIB);
	assert_pattern(result.output.bytes, MIB);
	assert_int_equal(result.flags, LIBSPAWN_RUN_OUTPUT_CUT);
	libspawn_free(&result);
	/* Not more than the limit is no reason. */
	run_worker(&result, NULL, &capture, "fill 1 1048576 exit 5");
	assert_exited(&result.status, 5);
	assert_int_equal(result.flags, 0);
	libspawn_free(&result);
}

static int reset_peak(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	int done = fd >= 0 && write(fd, "5", 1) == 1;

	if (fd >= 0)
		close(fd);
	return done;
}

/* With many processors the kernel's figure is wrong by some MiB. */
#define LIMIT (40 * MIB + 1000)

static void memory_is_bounded_by_the_limit(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.output = { .kind = LIBSPAWN_STREAM_MEMORY, .limit = LIMIT },
	};
	struct libspawn_result result;
	long before;

	(void)state;
	if (support_is_instrumented())
		skip_with_reason("memory grows by itself here");
	/* Once to have all code and data of the run resident. */
	run_worker(&result, NULL, &capture, "fill 1 100");
	libspawn_free(&result);
	if (!reset_peak())
		skip_with_reason("this kernel can't reset VmHWM");
	before = resident("VmRSS:");
	run_worker(&result, NULL, &capture, "fill 1 134217728");
	assert_int_equal(result.output.size, LIMIT);
	assert_true(resident("VmHWM:") - before < (LIMIT / MIB + 8) * 1024);
	libspawn_free(&result);
}

/* ---- Children that don't read ------------------------------------------ */

static void note_signal(int number)
{
	(void)number;
	abort();
}

/* A SIGPIPE that got through would end this test. */
static void a_child_may_close_its_input_early(void **state)
{
	char *bytes = make_pattern(4 * MIB);
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = FROM_MEMORY(bytes, 4 * MIB),
		.output = TO_MEMORY,
	};
	struct sigaction before, after;
	struct libspawn_result result;
	sigset_t pending;

	(void)state;
	assert_ptr_not_equal(signal(SIGPIPE, note_signal), SIG_ERR);
	sigaction(SIGPIPE, NULL, &before);
	run_worker(&result, NULL, &capture, "close 0 say 1 on exit 2");
	assert_exited(&result.status, 2);
	assert_captured(&result.output, "on");
	assert_int_equal(result.flags, LIBSPAWN_RUN_INPUT_LEFT);
	assert_true(result.input_size < 4 * MIB);
	libspawn_free(&result);
	sigaction(SIGPIPE, NULL, &after);
	assert_ptr_equal(before.sa_handler, after.sa_handler);
	assert_int_equal(sigpending(&pending), 0);
	assert_int_equal(sigismember(&pending, SIGPIPE), 0);
	signal(SIGPIPE, SIG_DFL);
	free(bytes);
}

/* What the caller holds back is still there. */
static void a_pending_sigpipe_of_the_callers_stays(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = FROM_MEMORY("text", 4),
	};
	struct libspawn_result result;
	sigset_t set, old, pending;
	int number = 0;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	raise(SIGPIPE);
	run_worker(&result, NULL, &capture, "close 0");
	sigpending(&pending);
	assert_int_equal(sigismember(&pending, SIGPIPE), 1);
	sigwait(&set, &number);
	assert_int_equal(number, SIGPIPE);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void a_child_that_never_reads_is_stopped_in_time(void **state)
{
	char *bytes = make_pattern(4 * MIB);
	const struct libspawn_capture capture = {
		CAPTURE,
		.timeout_ms = 50,
		.input = FROM_MEMORY(bytes, 4 * MIB),
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture, "pause");
	assert_killed(&result.status, SIGKILL);
	assert_int_equal(result.flags,
			 LIBSPAWN_RUN_TIMED_OUT | LIBSPAWN_RUN_INPUT_LEFT);
	free(bytes);
}

/* ---- Callbacks --------------------------------------------------------- */

struct taken {
	size_t size;
	int answer;
	int calls;
};

static int take_bytes(void *context, const void *bytes, size_t size)
{
	struct taken *taken = context;

	assert_true(size > 0);
	assert_non_null(bytes);
	taken->size += size;
	taken->calls++;
	return taken->answer;
}

static void a_callback_gets_all_up_to_its_limit(void **state)
{
	struct taken taken = { 0 };
	struct libspawn_capture capture = {
		CAPTURE,
		.output = { .kind = LIBSPAWN_STREAM_CALLBACK,
			    .take = take_bytes,
			    .context = &taken },
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture, "fill 1 3000000");
	assert_int_equal(taken.size, 3000000);
	assert_int_equal(result.output.size, 3000000);
	assert_null(result.output.bytes);
	taken.size = 0;
	capture.output.limit = 70000;
	run_worker(&result, NULL, &capture, "fill 1 3000000");
	assert_int_equal(taken.size, 70000);
	assert_int_equal(result.output.size, 70000);
	assert_int_equal(result.output.total, 3000000);
	assert_int_equal(result.flags, LIBSPAWN_RUN_OUTPUT_CUT);
}

/* The first piece is taken when the child has ended; it may be reaped, too. */
static int take_late(void *context, const void *bytes, size_t size)
{
	struct taken *taken = context;
	siginfo_t info;

	if (taken->calls == 0 && waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) < 0)
		assert_int_equal(errno, ECHILD);
	return take_bytes(context, bytes, size);
}

/* While another still holds the pipe, and nobody is to be waited for. */
static void what_the_child_has_written_is_read_in_any_case(void **state)
{
	struct taken taken = { 0 };
	const struct libspawn_capture capture = {
		CAPTURE,
		.flags = LIBSPAWN_CAPTURE_LINGER,
		.output = { .kind = LIBSPAWN_STREAM_CALLBACK,
			    .take = take_late,
			    .context = &taken },
		.error = TO_MEMORY,
	};
	struct libspawn_result result;

	(void)state;
	run_worker(&result, NULL, &capture,
		   "enlarge 1 1048576 leave fill 1 1000000");
	if (result.status.code == 119)
		skip_with_reason("no pipe of 1 MiB may be had here");
	end_left(&result);
	assert_exited(&result.status, 0);
	assert_int_equal(taken.size, 1000000);
	assert_int_equal(result.flags, LIBSPAWN_RUN_LEFT_OPEN);
	libspawn_free(&result);
}

static void a_callback_that_refuses_ends_it(void **state)
{
	struct taken taken = { .answer = ENOSPC };
	struct libspawn_capture capture = {
		CAPTURE,
		.output = TO_MEMORY,
		.error = { .kind = LIBSPAWN_STREAM_CALLBACK,
			   .take = take_bytes,
			   .context = &taken },
	};

	(void)state;
	fail_worker(NULL, &capture, "say 2 x pause", ENOSPC,
		    LIBSPAWN_STEP_CAPTURE, 2);
	assert_int_equal(taken.calls, 1);
}

/* ---- Surroundings ------------------------------------------------------ */

/* A run has pidfds of its own, where there are any. */
static void a_child_that_nobody_reaps_still_has_its_output(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = FROM_MEMORY("text", 4),
		.output = TO_MEMORY,
	};
	struct libspawn_result result;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	run_worker(&result, NULL, &capture, "copy exit 3");
	signal(SIGCHLD, SIG_DFL);
	assert_captured(&result.output, "text");
	if (pidfds_tell_ends())
		assert_exited(&result.status, 3);
	else
		assert_int_equal(result.status.end, LIBSPAWN_END_LOST);
	libspawn_free(&result);
}

static void a_failed_start_tells_its_step(void **state)
{
	const struct libspawn_capture capture = {
		CAPTURE,
		.input = { .kind = LIBSPAWN_STREAM_MEMORY },
		.output = TO_MEMORY,
		.error = TO_MEMORY,
	};
	struct libspawn_options options = { OPTIONS, .cwd = "/nope" };

	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN)
		fail_worker(&options, &capture, "exit 0", ENOENT,
			    LIBSPAWN_STEP_CWD, -1);
}

/* Rows of the table that say what a stream of the capture says too. */
static void a_row_in_the_way_of_a_stream_is_named(void **state)
{
	struct libspawn_capture capture = { CAPTURE };
	struct libspawn_options options = { OPTIONS };
	struct libspawn_fd rows[] = {
		{ .child_fd = 7, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 1, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 0, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_CLOSE },
	};

	(void)state;
	options.fds = rows;
	options.fd_count = 4;
	capture.input.kind = LIBSPAWN_STREAM_NULL;
	fail_worker(&options, &capture, "exit 0", EINVAL, LIBSPAWN_STEP_FD, 2);
	capture.error.kind = LIBSPAWN_STREAM_MEMORY;
	options.fd_count = 2;
	rows[1].child_fd = 2;
	fail_worker(&options, &capture, "exit 0", EINVAL, LIBSPAWN_STEP_FD, 1);
	capture.output.kind = LIBSPAWN_STREAM_MEMORY;
	capture.error.kind = LIBSPAWN_STREAM_TABLE;
	rows[1].child_fd = 1;
	fail_worker(&options, &capture, "exit 0", EINVAL, LIBSPAWN_STEP_FD, 1);
}

/* The child would write into it and stand still. */
static void an_end_that_nobody_can_serve_is_refused(void **state)
{
	static const uint32_t kinds[] = { LIBSPAWN_FD_PIPE_READ,
					  LIBSPAWN_FD_PIPE_WRITE,
					  LIBSPAWN_FD_SOCKET, LIBSPAWN_FD_PTY };
	const struct libspawn_capture capture = { CAPTURE,
						  .output = TO_MEMORY };
	int32_t end = -1;
	struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 5, .parent_end = &end },
	};
	struct libspawn_options options = { OPTIONS };

	(void)state;
	options.fds = rows;
	options.fd_count = 2;
	for (int n = 0; n < 4; n++) {
		rows[1].kind = kinds[n];
		fail_worker(&options, &capture, "fill 5 200000", EINVAL,
			    LIBSPAWN_STEP_FD, 1);
		fail_worker(&options, NULL, "fill 5 200000", EINVAL,
			    LIBSPAWN_STEP_FD, 1);
	}
	assert_int_equal(end, -1);
}

/* Numbers that the library's pipes will have: nothing is open there. */
static void what_is_only_open_as_ours_is_refused(void **state)
{
	struct libspawn_capture capture = {
		CAPTURE,
		.input = FROM_MEMORY("text", 4),
		.output = TO_MEMORY,
	};
	struct libspawn_options options = { OPTIONS };
	struct libspawn_fd row = { .child_fd = 5, .kind = LIBSPAWN_FD_FROM };
	int next = dup(0);

	(void)state;
	close(next);
	options.fds = &row;
	options.fd_count = 1;
	for (row.parent_fd = next; row.parent_fd < next + 4; row.parent_fd++)
		fail_worker(&options, &capture, "copy", EBADF, LIBSPAWN_STEP_FD,
			    0);
	capture.error.kind = LIBSPAWN_STREAM_FD;
	for (int fd = next; fd < next + 4; fd++) {
		capture.error.fd = fd;
		fail_worker(NULL, &capture, "copy", EBADF,
			    LIBSPAWN_STEP_CAPTURE, 2);
	}
}

/* Nobody could wait for it, or stop it. */
static void a_detached_program_is_not_run(void **state)
{
	struct libspawn_options options = { OPTIONS };

	(void)state;
	options.flags = LIBSPAWN_DETACH;
	fail_worker(&options, NULL, "exit 0", EINVAL, LIBSPAWN_STEP_DETACH, -1);
}

static const struct libspawn_stop_how no_signal = {
	.size = sizeof no_signal,
	.signal = 129,
	.grace_ms = 1,
};

static const struct {
	struct libspawn_capture capture;
	int code;
	int index;
} meaningless[] = {
	{ { .size = 4 }, EINVAL, -1 },
	{ { .size = 5000 }, E2BIG, -1 },
	{ { CAPTURE, .flags = 8 }, EINVAL, -1 },
	{ { CAPTURE, .timeout_ms = -1 }, EINVAL, -1 },
	{ { CAPTURE, .linger_ms = 1 }, EINVAL, -1 },
	{ { CAPTURE, .input = { .kind = 4 } }, EINVAL, 0 },
	{ { CAPTURE, .input = { .kind = 3, .size = 1 } }, EINVAL, 0 },
	{ { CAPTURE, .input = { .size = 1, .bytes = "x" } }, EINVAL, 0 },
	{ { CAPTURE, .stop = &no_signal }, EINVAL, -1 },
	{ { CAPTURE, .input = { .kind = 2, .fd = -1 } }, EBADF, 0 },
	{ { CAPTURE, .output = { .kind = 2, .fd = 999 } }, EBADF, 1 },
	{ { CAPTURE, .input = { .fd = 1 } }, EINVAL, 0 },
	{ { CAPTURE, .output = { .kind = 6 } }, EINVAL, 1 },
	{ { CAPTURE, .output = { .limit = 1 } }, EINVAL, 1 },
	{ { CAPTURE, .output = { .kind = 4 } }, EINVAL, 1 },
	{ { CAPTURE, .output = { .kind = 3, .take = take_bytes } }, EINVAL, 1 },
	{ { CAPTURE, .output = { .kind = 5 } }, EINVAL, 2 },
	{ { CAPTURE, .error = { .kind = 5 } }, EINVAL, 2 },
	{ { CAPTURE, .error = { .kind = 2, .limit = 1 } }, EINVAL, 2 },
};

static void captures_without_a_meaning_are_refused(void **state)
{
	const struct libspawn_stop_how group = {
		.size = sizeof group,
		.flags = LIBSPAWN_STOP_GROUP,
	};
	const struct libspawn_capture no_group = { CAPTURE, .stop = &group };

	(void)state;
	for (size_t n = 0; n < sizeof meaningless / sizeof *meaningless; n++)
		fail_worker(NULL, &meaningless[n].capture, "exit 0",
			    meaningless[n].code, LIBSPAWN_STEP_CAPTURE,
			    meaningless[n].index);
	fail_worker(NULL, &no_group, "exit 0", EINVAL, LIBSPAWN_STEP_CAPTURE,
		    -1);
	assert_int_equal(libspawn_run(NULL, "/", NULL, NULL, NULL, NULL),
			 EINVAL);
}

static const struct CMUnitTest tests[] = {
	TEST(output_and_error_come_apart),
	TEST(options_of_another_version_are_taken),
	TEST(a_program_is_run_without_a_capture),
	TEST(silence_is_an_empty_text),
	TEST(much_goes_both_ways_at_once),
	TEST(error_merges_with_output_in_order),
	TEST(streams_may_be_descriptors_or_nothing),
	TEST(the_childs_streams_are_ordinary_pipes),
	TEST(the_callers_own_memory_is_filled_to_its_end),
	TEST(what_exceeds_a_limit_is_read_and_dropped),
	TEST(a_limit_may_stop_the_child),
	TEST(memory_is_bounded_by_the_limit),
	TEST(a_child_may_close_its_input_early),
	TEST(a_pending_sigpipe_of_the_callers_stays),
	TEST(a_child_that_never_reads_is_stopped_in_time),
	TEST(a_callback_gets_all_up_to_its_limit),
	TEST(what_the_child_has_written_is_read_in_any_case),
	TEST(a_callback_that_refuses_ends_it),
	TEST(a_child_that_nobody_reaps_still_has_its_output),
	TEST(a_failed_start_tells_its_step),
	TEST(a_row_in_the_way_of_a_stream_is_named),
	TEST(an_end_that_nobody_can_serve_is_refused),
	TEST(what_is_only_open_as_ours_is_refused),
	TEST(a_detached_program_is_not_run),
	TEST(captures_without_a_meaning_are_refused),
};

TEST_MAIN(tests)
