/* SPDX-License-Identifier: MIT */
/*
 * Requests that are refused as a whole, the rules for the size of the options,
 * and the sentences that explain an error. What each option refuses is tested
 * with the option.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define SMALLEST 16u
#define TAIL 8192

/* The options of a caller that is newer than the library. */
struct newer_options {
	struct libspawn_options options;
	unsigned char tail[TAIL];
};

static char *argv_probe[] = { TEXT("probe"), NULL };

/* ---- Arguments --------------------------------------------------------- */

static void expect_bad_arguments(struct libspawn_process *process,
				 const char *program, char *const argv[])
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
	};
	struct libspawn_error error;

	memset(&error, 0x5a, sizeof error);
	assert_int_equal(
		libspawn_start(process, program, argv, &options, &error),
		EINVAL);
	assert_int_equal(error.code, EINVAL);
	assert_int_equal(error.step, LIBSPAWN_STEP_ARGUMENTS);
	assert_int_equal(error.index, -1);
	assert_int_equal(error.signal, 0);
	assert_int_equal(error.stage | error.spare[0] | error.spare[1], 0);
	assert_int_equal(libspawn_start(process, program, argv, &options, NULL),
			 EINVAL);
}

static void missing_arguments_are_refused(void **state)
{
	struct libspawn_process process;
	char *empty[] = { NULL };

	(void)state;
	expect_bad_arguments(NULL, support_probe, argv_probe);
	expect_bad_arguments(&process, NULL, argv_probe);
	expect_bad_arguments(&process, support_probe, NULL);
	expect_bad_arguments(&process, support_probe, empty);
}

static void flags_that_do_not_exist_are_refused(void **state)
{
	static const int bits[] = { 20, 31, 62, 63 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct libspawn_options options = {
			OPTIONS,
			.flags = UINT64_C(1) << bits[i],
		};

		expect_invalid(&options, EINVAL, LIBSPAWN_STEP_OPTIONS, -1);
	}
}

static void a_table_that_is_too_long_or_missing_is_refused(void **state)
{
	static const struct libspawn_fd row = { .kind = LIBSPAWN_FD_NULL };
	struct libspawn_options options = { OPTIONS, .fd_count = 1 };

	(void)state;
	expect_invalid(&options, EFAULT, LIBSPAWN_STEP_FD, -1);
	options.fds = &row;
	options.fd_count = LIBSPAWN_FDS_MAX + 1;
	expect_invalid(&options, E2BIG, LIBSPAWN_STEP_FD, -1);
	options.fd_count = UINT32_MAX;
	expect_invalid(&options, E2BIG, LIBSPAWN_STEP_FD, -1);
}

static void a_wait_for_a_busy_file_needs_its_flag(void **state)
{
	struct libspawn_options options = { OPTIONS, .busy_retry = 1 };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_EXEC, -1);
	options.flags = LIBSPAWN_BUSY_RETRY;
	run_probe(&options, "umask");
	options.busy_retry = 0;
	run_probe(&options, "umask");
}

/* ---- Size of the options ----------------------------------------------- */

static int start_with(const struct libspawn_options *options,
		      struct libspawn_error *error)
{
	struct libspawn_process process;
	int code = libspawn_start(&process, support_probe, argv_probe, options,
				  error);

	if (code == 0) {
		assert_int_equal(process.backend, support_backend);
		assert_int_equal(waitpid(process.pid, NULL, 0), process.pid);
	}
	return code;
}

static void expect_bad_size(const struct libspawn_options *options, int code)
{
	struct libspawn_error error, answer;

	memset(&error, 0x5a, sizeof error);
	assert_int_equal(start_with(options, &error), code);
	assert_int_equal(error.code, code);
	assert_int_equal(error.step, LIBSPAWN_STEP_OPTIONS);
	assert_int_equal(error.index, -1);
	memset(&answer, 0x5a, sizeof answer);
	assert_int_equal(libspawn_query(support_backend, options, &answer),
			 -code);
	assert_int_equal(answer.step, LIBSPAWN_STEP_OPTIONS);
}

static void the_exact_size_is_taken(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.backend = support_backend,
	};

	(void)state;
	assert_int_equal(start_with(&options, NULL), 0);
}

static void a_smaller_struct_is_extended_by_zeros(void **state)
{
	struct libspawn_options options = {
		.size = SMALLEST,
		.backend = support_backend,
		.signal_mask = 1,
		.cwd = "/nonexistent",
	};

	(void)state;
	/* What lies beyond the size is not looked at. */
	assert_int_equal(start_with(&options, NULL), 0);
	options.signal_mask = 0;
	options.size = (uint32_t)offsetof(struct libspawn_options, cwd);
	assert_int_equal(start_with(&options, NULL), 0);
	options.size += (uint32_t)sizeof options.cwd;
	assert_int_equal(start_with(&options, NULL), ENOENT);
}

static void a_struct_that_is_too_small_is_refused(void **state)
{
	struct libspawn_options options = { .backend = support_backend };

	(void)state;
	for (uint32_t size = 0; size < SMALLEST; size++) {
		options.size = size;
		expect_bad_size(&options, EINVAL);
	}
}

static void a_larger_struct_is_taken_if_the_rest_is_zero(void **state)
{
	static const uint32_t more[] = { 1, 7, 8, 64, 1024 };
	struct newer_options *newer = calloc(1, sizeof *newer);

	(void)state;
	assert_non_null(newer);
	newer->options.backend = support_backend;
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		newer->options.size = (uint32_t)sizeof newer->options + more[i];
		assert_int_equal(start_with(&newer->options, NULL), 0);
		/* What lies beyond the size is not looked at. */
		newer->tail[more[i]] = 1;
		assert_int_equal(start_with(&newer->options, NULL), 0);
		newer->tail[more[i]] = 0;
	}
	free(newer);
}

static void a_larger_struct_is_refused_if_the_rest_is_not_zero(void **state)
{
	static const uint32_t more[] = { 1, 7, 8, 64, 1024 };
	struct newer_options *newer = calloc(1, sizeof *newer);

	(void)state;
	assert_non_null(newer);
	newer->options.backend = support_backend;
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		newer->options.size = (uint32_t)sizeof newer->options + more[i];
		newer->tail[0] = 1;
		expect_bad_size(&newer->options, E2BIG);
		newer->tail[0] = 0;
		newer->tail[more[i] - 1] = 0x80;
		expect_bad_size(&newer->options, E2BIG);
		newer->tail[more[i] - 1] = 0;
	}
	free(newer);
}

static void a_size_beyond_all_reason_is_refused(void **state)
{
	static const uint32_t sizes[] = { 1u << 20, INT32_MAX, UINT32_MAX };
	struct libspawn_options options = { .backend = support_backend };

	(void)state;
	for (int i = 0; i < 3; i++) {
		options.size = sizes[i];
		expect_bad_size(&options, E2BIG);
	}
}

/* ---- Explanations ------------------------------------------------------ */

/* Fail a start and explain it. */
static const char *explanation(const struct libspawn_options *from,
			       const char *program, char *const argv[])
{
	static char text[512];
	struct libspawn_options options = { OPTIONS };
	struct libspawn_process process;
	struct libspawn_error error;
	size_t length;

	if (from)
		options = *from;
	options.backend = support_backend;
	assert_int_not_equal(
		libspawn_start(&process, program, argv, &options, &error), 0);
	length = libspawn_explain(text, sizeof text, &error, program, argv,
				  &options);
	assert_int_equal(length, strlen(text));
	return text;
}

static void assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		print_error("\"%s\" lacks \"%s\"\n", text, part);
	assert_non_null(strstr(text, part));
}

static void a_missing_directory_is_explained(void **state)
{
	struct libspawn_options options = { OPTIONS, .cwd = "/nope" };
	const char *text = explanation(&options, support_probe, argv_probe);

	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		assert_holds(text, strerror(ENOENT));
	else
		assert_string_equal(text,
				    "cwd '/nope': No such file or directory");
}

static void a_missing_program_is_explained(void **state)
{
	const char *text = explanation(NULL, "/nope/program", argv_probe);

	(void)state;
	assert_holds(text, "'/nope/program'");
	assert_holds(text, strerror(ENOENT));
}

static void a_missing_interpreter_is_explained(void **state)
{
	char path[] = "/tmp/libspawn-errors-XXXXXX";
	int fd = mkstemp(path);
	const char *text;

	(void)state;
	assert_int_equal(write(fd, "#! /nope/sh -e\n", 15), 15);
	fchmod(fd, 0755);
	close(fd);
	text = explanation(NULL, path, argv_probe);
	unlink(path);
	assert_holds(text, path);
	assert_holds(text, "'/nope/sh'");
}

static void an_argument_that_is_too_long_is_explained(void **state)
{
	char *longest = malloc(LIBSPAWN_STRING_MAX + 1);
	char *argv[] = { TEXT("probe"), TEXT("a"), longest, NULL };
	const char *text;

	(void)state;
	assert_non_null(longest);
	memset(longest, 'x', LIBSPAWN_STRING_MAX);
	longest[LIBSPAWN_STRING_MAX] = '\0';
	text = explanation(NULL, support_probe, argv);
	free(longest);
	assert_holds(text, "[2]");
	assert_holds(text, strerror(E2BIG));
}

static void a_row_of_the_table_is_explained(void **state)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 5, .kind = LIBSPAWN_FD_OPEN, .path = "/nope/f" },
	};
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = 2,
	};
	const char *text = explanation(&options, support_probe, argv_probe);

	(void)state;
	assert_holds(text, strerror(ENOENT));
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		return;
	assert_holds(text, "[1]");
	assert_holds(text, "'/nope/f'");
}

static void a_backend_that_declines_is_explained(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_UMASK,
	};
	const char *text;

	(void)state;
	if (support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN)
		options.flags |= LIBSPAWN_UID, options.uid = UINT32_MAX;
	text = explanation(&options, support_probe, argv_probe);
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN) {
		assert_holds(text, "umask");
		assert_holds(text, "posix_spawn");
	} else {
		assert_holds(text, "uid");
		assert_holds(text, strerror(EINVAL));
	}
}

static void an_explanation_is_cut_to_the_room_there_is(void **state)
{
	static const char whole[] = "cwd '/nope': No such file or directory";
	struct libspawn_options options = { OPTIONS, .cwd = "/nope" };
	struct libspawn_error error = {
		.code = ENOENT,
		.step = LIBSPAWN_STEP_CWD,
		.index = -1,
	};
	char text[sizeof whole];

	(void)state;
	for (size_t size = 0; size <= sizeof whole; size++) {
		memset(text, '!', sizeof text);
		assert_int_equal(libspawn_explain(size ? text : NULL, size,
						  &error, NULL, NULL, &options),
				 sizeof whole - 1);
		if (size == 0)
			continue;
		assert_int_equal(strlen(text), size - 1);
		assert_memory_equal(text, whole, size - 1);
	}
}

static void every_step_is_explained_without_its_request(void **state)
{
	char text[256];

	(void)state;
	for (int32_t step = -1; step <= LIBSPAWN_STEP_COUNT; step++) {
		struct libspawn_error error = {
			.code = EPERM,
			.step = step,
			.index = 3,
			.signal = step == LIBSPAWN_STEP_DIED ? 9 : 0,
		};

		assert_true(libspawn_explain(text, sizeof text, &error, NULL,
					     NULL, NULL) > 0);
		assert_holds(text, libspawn_step_name(step));
	}
}

static const struct CMUnitTest tests[] = {
	TEST(missing_arguments_are_refused),
	TEST(flags_that_do_not_exist_are_refused),
	TEST(a_table_that_is_too_long_or_missing_is_refused),
	TEST(a_wait_for_a_busy_file_needs_its_flag),
	TEST(the_exact_size_is_taken),
	TEST(a_smaller_struct_is_extended_by_zeros),
	TEST(a_struct_that_is_too_small_is_refused),
	TEST(a_larger_struct_is_taken_if_the_rest_is_zero),
	TEST(a_larger_struct_is_refused_if_the_rest_is_not_zero),
	TEST(a_size_beyond_all_reason_is_refused),
	TEST(a_missing_directory_is_explained),
	TEST(a_missing_program_is_explained),
	TEST(a_missing_interpreter_is_explained),
	TEST(an_argument_that_is_too_long_is_explained),
	TEST(a_row_of_the_table_is_explained),
	TEST(a_backend_that_declines_is_explained),
	TEST(an_explanation_is_cut_to_the_room_there_is),
	TEST(every_step_is_explained_without_its_request),
};

TEST_MAIN(tests)
