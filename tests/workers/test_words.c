/* SPDX-License-Identifier: MIT */
/*
 * Sentences on workers, of states and errors that are made here; and how a
 * struct of another version of the header is read. No process is created.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "workers/worker.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define KILLED_BY_9                                                            \
	{                                                                      \
		.end = LIBSPAWN_END_KILLED, .code = 9                          \
	}

static const struct {
	struct libspawn_worker worker;
	const char *sentence;
} states[] = {
	{ { .function = "f" }, "worker 'f' is running" },
	{ { .function = "f", .process.pid = 7 },
	  "worker 'f' (pid 7) is running" },
	{ { .function = "f", .is_self = 1 },
	  "the caller of worker 'f' is running" },
	{ { .function = "f", .reason = "log" },
	  "worker 'f' does not fork: it has a thread 'log'" },
	{ { .function = "f",
	    .has_ended = 1,
	    .status = { .end = LIBSPAWN_END_EXITED, .code = 3 } },
	  "worker 'f' has exited with 3" },
	{ { .function = "f", .has_ended = 1, .status = KILLED_BY_9 },
	  "worker 'f' was ended by signal 9" },
	{ { .function = "f",
	    .has_ended = 1,
	    .status = { .end = LIBSPAWN_END_KILLED,
			.code = 15,
			.flags = LIBSPAWN_STATUS_FORCED } },
	  "worker 'f' was ended by signal 15, as it was told to by the "
	  "caller" },
	{ { .function = "f",
	    .has_ended = 1,
	    .status = { .end = LIBSPAWN_END_LOST } },
	  "worker 'f' has ended, nobody knows how" },
	{ { .function = "f", .refused = -EDEADLK, .reason = "log" },
	  "worker 'f' has not forked: it has a thread 'log'" },
	{ { .function = "f", .refused = -ENOENT, .reason = "no file" },
	  "worker 'f' says: no file (No such file or directory)" },
	{ { .function = "f", .refused = -EMSGSIZE },
	  "worker 'f' is refused: it sent more than it may" },
	{ { .function = "f", .refused = -EPROTO },
	  "worker 'f' is refused: it sent what is no message" },
};

static void each_state_is_a_sentence(void **state)
{
	char text[256];
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(states); n++) {
		errno = EIO;
		assert_int_equal(libspawn_worker_describe(text, sizeof text,
							  &states[n].worker),
				 strlen(states[n].sentence));
		assert_string_equal(text, states[n].sentence);
		assert_int_equal(errno, EIO);
	}
	libspawn_worker_describe(text, sizeof text, NULL);
	assert_string_equal(text, "no worker");
}

static const struct {
	int code;
	int step;
	const char *sentence;
} errors[] = {
	{ EINVAL, LIBSPAWN_WORKER_STEP_HOW,
	  "worker 'f': how: Invalid argument" },
	{ EINVAL, LIBSPAWN_WORKER_STEP_MAIN,
	  "worker 'f': main: this program does not begin with "
	  "libspawn_worker_main()" },
	{ ENOENT, LIBSPAWN_WORKER_STEP_FUNCTION,
	  "worker 'f': function: this program knows no such function" },
	{ ENAMETOOLONG, LIBSPAWN_WORKER_STEP_FUNCTION,
	  "worker 'f': function: File name too long" },
	{ ENOENT, LIBSPAWN_WORKER_STEP_PROGRAM,
	  "worker 'f': program: which program this is can't be told, without "
	  "/proc: name it" },
	{ EMFILE, LIBSPAWN_WORKER_STEP_PROGRAM,
	  "worker 'f': program: Too many open files" },
	{ EMFILE, LIBSPAWN_WORKER_STEP_CHANNEL,
	  "worker 'f': channel: Too many open files" },
	{ EDEADLK, LIBSPAWN_WORKER_STEP_THREADS,
	  "worker 'f': threads: its template has a second thread" },
	{ EPERM, LIBSPAWN_STEP_UMASK,
	  "worker 'f': umask: Operation not permitted" },
};

static void each_error_is_a_sentence(void **state)
{
	char text[256];
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(errors); n++) {
		const struct libspawn_error error = { .code = errors[n].code,
						      .step = errors[n].step,
						      .index = -1 };

		errno = EIO;
		libspawn_worker_explain(text, sizeof text, &error, "f", NULL);
		assert_string_equal(text, errors[n].sentence);
		assert_int_equal(errno, EIO);
	}
	libspawn_worker_explain(text, sizeof text, NULL, "f", NULL);
	assert_string_equal(text, "no error");
}

/* The program that was to be the worker is looked at, and it has a name. */
static void a_program_of_its_own_is_named(void **state)
{
	static char *argv[] = { (char *)(uintptr_t) "name", NULL };
	const struct libspawn_worker_how how = {
		.size = sizeof how,
		.program = "/no/such/program",
		.argv = argv,
	};
	const struct libspawn_error error = { .code = ENOENT,
					      .step = LIBSPAWN_STEP_EXEC,
					      .index = -1 };
	char text[256];

	(void)state;
	libspawn_worker_explain(text, sizeof text, &error, NULL, &how);
	assert_non_null(strstr(text, "worker ''"));
	assert_non_null(strstr(text, "/no/such/program"));
}

/* ---- Structs of other versions ----------------------------------------- */

struct longer {
	struct libspawn_worker_how how;
	char tail[8];
	char rest[5000];
};

static int read_of_size(struct longer *given, uint32_t size)
{
	struct libspawn_worker_how mine;

	given->how.size = size;
	return libspawn__how_read(&mine, &given->how, 0);
}

static void a_size_says_what_is_there(void **state)
{
	static struct longer given;
	const uint32_t with_tail = offsetof(struct longer, rest);
	struct libspawn_worker_how mine;

	(void)state;
	assert_int_equal(read_of_size(&given, with_tail), 0);
	assert_int_equal(read_of_size(&given, 8), 0);
	assert_int_equal(read_of_size(&given, 7), -EINVAL);
	assert_int_equal(read_of_size(&given, 4097), -E2BIG);
	given.tail[7] = 1;
	assert_int_equal(read_of_size(&given, with_tail), -E2BIG);
	assert_int_equal(read_of_size(&given, sizeof given.how), 0);
	given.how.data_size = 99;
	given.how.size = 8;
	assert_int_equal(libspawn__how_read(&mine, &given.how, 0), 0);
	assert_int_equal(mine.data_size, 0);
	assert_int_equal(mine.message_max, WORKER_MESSAGE_MAX);
}

static const struct libspawn_options inheriting = {
	.size = sizeof inheriting,
	.flags = LIBSPAWN_INHERIT_FDS,
};
static const struct libspawn_options detached = {
	.size = sizeof detached,
	.flags = LIBSPAWN_DETACH,
};
static const struct libspawn_options short_of_flags = { .size = 15 };

static const struct libspawn_worker_how unsound[] = {
	{ .flags = UINT32_C(1) << 31 },
	{ .data_size = UINT64_MAX, .data = "" },
	{ .message_max = UINT64_MAX },
	{ .message_fds = LIBSPAWN_MESSAGE_FDS_MAX + 1 },
	{ .data_size = 1 },
	{ .data_size = 1, .data = "", .flags = LIBSPAWN_WORKER_BLOCK },
	{ .block_fd = 3 },
	{ .options = &inheriting },
	{ .options = &detached },
	{ .options = &short_of_flags },
};

static void what_has_no_meaning_is_refused(void **state)
{
	struct libspawn_worker_how sound = { .size = sizeof sound,
					     .data_size = 1,
					     .data = "" };
	struct libspawn_worker_how mine;
	size_t n;

	(void)state;
	assert_int_equal(libspawn__how_read(&mine, &sound, 0), 0);
	for (n = 0; n < COUNT(unsound); n++) {
		struct libspawn_worker_how given = unsound[n];

		given.size = sizeof given;
		assert_int_equal(libspawn__how_read(&mine, &given, 0), -EINVAL);
	}
	sound.flags = LIBSPAWN_WORKER_LATER;
	assert_int_equal(libspawn__how_read(&mine, &sound, 0), 0);
	assert_int_equal(
		libspawn__how_read(&mine, &sound, LIBSPAWN_WORKER_LATER),
		-EINVAL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_state_is_a_sentence),
	cmocka_unit_test(each_error_is_a_sentence),
	cmocka_unit_test(a_program_of_its_own_is_named),
	cmocka_unit_test(a_size_says_what_is_there),
	cmocka_unit_test(what_has_no_meaning_is_refused),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
