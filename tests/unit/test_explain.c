/* SPDX-License-Identifier: MIT */
/* Errors as sentences: what failed, why, where; cut at the size of the text. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "unit.h"

static char text[1024];

static const char *explain(struct libspawn_error error, const char *program,
			   const struct libspawn_options *options)
{
	size_t length = libspawn_explain(text, sizeof text, &error, program,
					 NULL, options);

	assert_int_equal(length, strlen(text));
	return text;
}

static const struct libspawn_fd rows[] = {
	{ .child_fd = 3, .kind = LIBSPAWN_FD_FROM, .parent_fd = 9 },
	{ .child_fd = 4, .kind = LIBSPAWN_FD_OPEN, .path = "/x" },
	{ .child_fd = 5, .kind = LIBSPAWN_FD_PTY },
	{ .child_fd = 6, .kind = 99 },
};

static const struct libspawn_options all_given = {
	OPTIONS,     .cwd = "/nope",	      .root = "/new",
	.fds = rows, .fd_count = COUNT(rows),
};

static const struct {
	struct libspawn_error error;
	const char *begins;
} sentences[] = {
	{ { .code = ENOENT, .step = LIBSPAWN_STEP_CWD, .index = -1 },
	  "cwd '/nope': No such file or directory" },
	{ { .code = EACCES, .step = LIBSPAWN_STEP_CHROOT, .index = -1 },
	  "chroot '/new': Permission denied" },
	{ { .code = EBADF, .step = LIBSPAWN_STEP_FD, .index = 0 },
	  "fds[0]: descriptor 3 from 9: Bad file descriptor" },
	{ { .code = ENOENT, .step = LIBSPAWN_STEP_FD, .index = 1 },
	  "fds[1]: descriptor 4 from '/x': No such file or directory" },
	{ { .code = ENOSPC, .step = LIBSPAWN_STEP_FD, .index = 2 },
	  "fds[2]: descriptor 5 (" },
	{ { .code = EINVAL, .step = LIBSPAWN_STEP_FD, .index = 3 },
	  "fds[3]: descriptor 6 (" },
	{ { .code = EINVAL, .step = LIBSPAWN_STEP_FD, .index = 4 }, "fd" },
	{ { .code = EPERM, .step = LIBSPAWN_STEP_RLIMIT, .index = 2 },
	  "rlimit[2]: Operation not permitted" },
	{ { .code = EPERM, .step = LIBSPAWN_STEP_UID, .index = -1 },
	  "uid: Operation not permitted" },
	{ { .code = ECANCELED,
	    .step = LIBSPAWN_STEP_DIED,
	    .index = -1,
	    .signal = 9 },
	  "died before exec: killed by signal 9" },
};

static void each_failure_says_what_and_why(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(sentences); n++) {
		explain(sentences[n].error, "/program", &all_given);
		assert_int_equal(strncmp(text, sentences[n].begins,
					 strlen(sentences[n].begins)),
				 0);
	}
}

static void a_backend_that_declines_is_named(void **state)
{
	(void)state;
	explain((struct libspawn_error){ .code = ENOTSUP,
					 .step = LIBSPAWN_STEP_UMASK,
					 .index = -1,
					 .backend =
						 LIBSPAWN_BACKEND_POSIX_SPAWN },
		"/program", &all_given);
	assert_non_null(strstr(text, "umask"));
	assert_non_null(strstr(text, "posix_spawn"));
}

/* ---- Programs that are there and yet are not found ----------------------- */

static char *new_file(const char *content)
{
	char *path = strdup("/tmp/test_explain.XXXXXX");
	int fd;

	assert_non_null(path);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)),
			 (ssize_t)strlen(content));
	close(fd);
	return path;
}

static const struct libspawn_error missing = { .code = ENOENT,
					       .step = LIBSPAWN_STEP_EXEC,
					       .index = -1 };

/* The sentence for an ENOENT of a file with this content must hold a word. */
static void expect_word(const char *content, const char *word)
{
	char *path = new_file(content);

	explain(missing, path, NULL);
	unlink(path);
	assert_non_null(strstr(text, path));
	assert_non_null(strstr(text, word));
	free(path);
}

static void a_missing_interpreter_is_named(void **state)
{
	(void)state;
	expect_word("#!/no/such/shell\n", "'/no/such/shell'");
	expect_word("#! \t/no/such/shell -e\n", "'/no/such/shell'");
	expect_word("#!/no/such/shell\r\n", "'/no/such/shell'");
	expect_word("#!/no/end/of/line", "'/no/end/of/line'");
}

static void a_script_by_a_descriptor_that_closes_is_told(void **state)
{
	char *path = new_file("#!/bin/sh\n");
	struct libspawn_options options = { OPTIONS,
					    .flags = LIBSPAWN_PROGRAM_FD };

	(void)state;
	options.program_fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(options.program_fd >= 0);
	explain(missing, "name", &options);
	assert_non_null(strstr(text, "is closed before its interpreter"));
	assert_int_equal(fcntl(options.program_fd, F_SETFD, 0), 0);
	explain(missing, "name", &options);
	assert_null(strstr(text, "is closed before its interpreter"));
	close(options.program_fd);
	unlink(path);
	free(path);
}

static void a_missing_loader_is_told(void **state)
{
	(void)state;
	expect_word("\177ELF and so on", "loader");
}

/* Nothing of these is a script or a program; none may be read too far. */
static void who_holds_a_busy_program_is_told(void **state)
{
	const struct libspawn_error busy = { .code = ETXTBSY,
					     .step = LIBSPAWN_STEP_EXEC,
					     .index = -1 };
	char *path = new_file("");
	char wanted[64];
	const int reader = open(path, O_RDONLY);
	const int writer = open(path, O_WRONLY);

	(void)state;
	snprintf(wanted, sizeof wanted, "for writing, as descriptor %d)",
		 writer);
	explain(busy, path, NULL);
	if (access("/proc/self/fdinfo", R_OK) == 0)
		assert_non_null(strstr(text, wanted));
	close(writer);
	explain(busy, path, NULL);
	assert_null(strstr(text, "writing"));
	close(reader);
	unlink(path);
	free(path);
}

static void a_program_is_looked_for_where_the_search_went(void **state)
{
	const struct libspawn_error denied = { .code = EACCES,
					       .step = LIBSPAWN_STEP_EXEC,
					       .index = 1 };
	struct libspawn_options options = { OPTIONS,
					    .search = LIBSPAWN_SEARCH_LIST,
					    .search_list = "/nope:/tmp:/" };
	char here[] = "PATH=/nope:/tmp";
	char elsewhere[] = "PATH=/nope";
	char variable[] = "PATH";
	char *set[] = { here, NULL };
	char *unset[] = { variable, NULL };
	char *path = new_file("");
	const char *name = strrchr(path, '/') + 1;

	(void)state;
	explain(denied, name, &options);
	assert_non_null(strstr(text, path));
	assert_non_null(strstr(text, "is not executable"));
	options.search = LIBSPAWN_SEARCH_CHILD_PATH;
	options.search_list = NULL;
	options.env_set = set;
	explain(denied, name, &options);
	assert_non_null(strstr(text, path));
	set[0] = elsewhere;
	explain(denied, name, &options);
	assert_null(strstr(text, "executable"));
	options.env_set = NULL;
	options.env_unset = unset;
	options.search_default = "/nope:/tmp";
	explain(denied, name, &options);
	assert_non_null(strstr(text, path));
	unlink(path);
	free(path);
}

static void limits_are_told_with_their_figures(void **state)
{
	const struct libspawn_rlimit stack = { .resource = RLIMIT_STACK,
					       .soft = 1 << 20,
					       .hard = 1 << 20 };
	const struct libspawn_options options = { OPTIONS, .rlimits = &stack,
						  .rlimit_count = 1 };
	char name[] = "program";
	char word[] = "word";
	char *const argv[] = { name, word, NULL };
	struct libspawn_error error = { .code = E2BIG,
					.step = LIBSPAWN_STEP_EXEC,
					.index = -1 };

	(void)state;
	libspawn_explain(text, sizeof text, &error, "/program", argv, &options);
	assert_non_null(strstr(text, "2 arguments of 13 bytes"));
	assert_non_null(strstr(text, "all may have 262144)"));
	error.step = LIBSPAWN_STEP_ARGUMENTS;
	assert_non_null(strstr(explain(error, "/program", NULL), "131072"));
	error.step = LIBSPAWN_STEP_FD;
	error.code = ENFILE;
	explain(error, "/program", NULL);
	if (access("/proc/sys/fs/file-nr", R_OK) == 0)
		assert_non_null(strstr(text, "in the whole system"));
}

/* Each remark in brackets, by the step and errno that it belongs to. */
static const struct remark {
	struct libspawn_error error;
	struct libspawn_options options;
	const char *word;
} remarks[] = {
	{ { .code = EMFILE, .step = LIBSPAWN_STEP_FD },
	  { 0 },
	  "RLIMIT_NOFILE is " },
	{ { .code = ENFILE, .step = LIBSPAWN_STEP_REPORT },
	  { 0 },
	  "whole system" },
	{ { .code = EAGAIN, .step = LIBSPAWN_STEP_CREATE }, { 0 }, "process" },
	{ { .code = EAGAIN, .step = LIBSPAWN_STEP_EXEC },
	  { 0 },
	  "RLIMIT_NPROC" },
	{ { .code = EXDEV, .step = LIBSPAWN_STEP_CWD }, { 0 }, "outside" },
	{ { .code = E2BIG, .step = LIBSPAWN_STEP_ENVIRONMENT },
	  { 0 },
	  "131072" },
	{ { .code = EPERM, .step = LIBSPAWN_STEP_GROUPS },
	  { .unshare = 1 },
	  "user namespace" },
	{ { .code = EPERM, .step = LIBSPAWN_STEP_GROUPS },
	  { .namespace_count = 1 },
	  "user namespace" },
	{ { .code = EINVAL, .step = LIBSPAWN_STEP_GID },
	  { .flags = LIBSPAWN_UID },
	  "LIBSPAWN_KEEP_GROUPS" },
	{ { .code = EBADF, .step = LIBSPAWN_STEP_CGROUP },
	  { .flags = LIBSPAWN_CGROUP_FD },
	  "no cgroup's directory" },
	{ { .code = EBADF, .step = LIBSPAWN_STEP_CREATE },
	  { .flags = LIBSPAWN_CGROUP_FD },
	  "no cgroup's directory" },
};

static void what_a_step_means_is_remarked(void **state)
{
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	size_t n;

	(void)state;
	assert_true(file >= 0);
	for (n = 0; n < COUNT(remarks); n++) {
		struct libspawn_options options = remarks[n].options;

		options.size = sizeof options;
		options.cgroup_fd = file;
		if (!strstr(explain(remarks[n].error, "/program", &options),
			    remarks[n].word))
			fail_msg("%s: not a word of %s", text, remarks[n].word);
	}
	close(file);
}

static void odd_files_are_survived(void **state)
{
	static char longest[5000];

	(void)state;
	memset(longest, '/', sizeof longest - 1);
	longest[0] = '#';
	longest[1] = '!';
	expect_word("#!", "exec");
	expect_word("#!\n", "exec");
	expect_word("#! \t \n", "exec");
	expect_word("#", "exec");
	expect_word("", "exec");
	expect_word(longest, "exec");
}

static void a_program_that_is_not_there_is_just_not_there(void **state)
{
	(void)state;
	explain(missing, "/no/such/program", NULL);
	assert_string_equal(
		text, "exec '/no/such/program': No such file or directory");
}

static void a_new_root_or_cwd_is_mentioned(void **state)
{
	struct libspawn_options options = { OPTIONS, .root = "/tmp" };

	(void)state;
	explain(missing, "/no/such/program", &options);
	assert_non_null(strstr(text, "root"));
	options.root = NULL;
	options.cwd = "/tmp";
	explain(missing, "no/such/program", &options);
	assert_non_null(strstr(text, "cwd"));
}

/* ---- Every step, every code, every argument ------------------------------ */

static void every_step_gives_a_sentence(void **state)
{
	int32_t step;
	int32_t index;

	(void)state;
	for (step = -1; step <= LIBSPAWN_STEP_COUNT; step++)
		for (index = -1; index < 3; index++) {
			const struct libspawn_error error = { .code = EINVAL,
							      .step = step,
							      .index = index };

			explain(error, "/program", &all_given);
			assert_non_null(strstr(text, ": "));
			explain(error, NULL, NULL);
			assert_true(strlen(text) > strlen(": "));
		}
}

static void a_code_that_is_none_is_survived(void **state)
{
	static const int32_t codes[] = { 0, -1, 4095, INT32_MAX, INT32_MIN };
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(codes); n++) {
		explain((struct libspawn_error){ .code = codes[n],
						 .step = LIBSPAWN_STEP_UID,
						 .index = -1 },
			NULL, NULL);
		assert_int_equal(strncmp(text, "uid: ", 5), 0);
		assert_true(strlen(text) > 5);
	}
}

static void no_error_is_said_too(void **state)
{
	(void)state;
	assert_true(libspawn_explain(text, sizeof text, NULL, NULL, NULL,
				     NULL) > 0);
	assert_int_equal(text[sizeof text - 1], 0);
}

/* ---- Sizes --------------------------------------------------------------- */

static void a_text_is_cut_at_its_size_and_always_ended(void **state)
{
	const struct libspawn_error error = sentences[0].error;
	size_t whole =
		libspawn_explain(NULL, 0, &error, NULL, NULL, &all_given);
	char *wanted = strdup(explain(error, NULL, &all_given));
	size_t size;

	(void)state;
	assert_non_null(wanted);
	assert_int_equal(whole, strlen(wanted));
	for (size = 1; size <= whole + 1; size++) {
		char *cut = malloc(size);

		assert_non_null(cut);
		assert_int_equal(libspawn_explain(cut, size, &error, NULL, NULL,
						  &all_given),
				 whole);
		assert_int_equal(strlen(cut), size - 1);
		assert_memory_equal(cut, wanted, size - 1);
		free(cut);
	}
	free(wanted);
}

static void a_very_long_path_is_survived(void **state)
{
	static char path[20000];

	(void)state;
	memset(path, 'p', sizeof path - 1);
	explain((struct libspawn_error){ .code = ENAMETOOLONG,
					 .step = LIBSPAWN_STEP_EXEC,
					 .index = -1 },
		path, NULL);
	assert_int_equal(strncmp(text, "exec 'ppp", 9), 0);
}

/* An older caller's struct ends earlier: what is behind it is not its. */
static void options_are_read_as_far_as_they_go(void **state)
{
	static const size_t sizes[] = {
		0,
		4,
		offsetof(struct libspawn_options, signal_default),
		offsetof(struct libspawn_options, cwd),
		offsetof(struct libspawn_options, cwd_fd),
		offsetof(struct libspawn_options, fd_count),
	};
	size_t n;
	size_t at;

	(void)state;
	for (n = 0; n < COUNT(sizes); n++) {
		const uint32_t size = (uint32_t)sizes[n];
		const int has_cwd =
			size > offsetof(struct libspawn_options, cwd);
		char *options = malloc(size > sizeof size ? size : sizeof size);

		assert_non_null(options);
		memcpy(options, &all_given, size);
		memcpy(options, &size, sizeof size);
		for (at = 0; at < COUNT(sentences); at++) {
			explain(sentences[at].error, "/program",
				(struct libspawn_options *)(void *)options);
			if (sentences[at].error.step == LIBSPAWN_STEP_CWD)
				assert_int_equal(strstr(text, "'/nope'") !=
							 NULL,
						 has_cwd);
		}
		free(options);
	}
}

static void errno_stays_and_nothing_stays_open(void **state)
{
	char *path = new_file("#!/no/such/shell\n");
	int open = count_open();

	(void)state;
	errno = 77;
	explain(missing, path, NULL);
	assert_int_equal(errno, 77);
	explain(missing, "/no/such/program", NULL);
	assert_int_equal(errno, 77);
	assert_int_equal(count_open(), open);
	unlink(path);
	free(path);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_failure_says_what_and_why),
	cmocka_unit_test(a_backend_that_declines_is_named),
	cmocka_unit_test(a_missing_interpreter_is_named),
	cmocka_unit_test(a_script_by_a_descriptor_that_closes_is_told),
	cmocka_unit_test(a_missing_loader_is_told),
	cmocka_unit_test(who_holds_a_busy_program_is_told),
	cmocka_unit_test(a_program_is_looked_for_where_the_search_went),
	cmocka_unit_test(limits_are_told_with_their_figures),
	cmocka_unit_test(what_a_step_means_is_remarked),
	cmocka_unit_test(odd_files_are_survived),
	cmocka_unit_test(a_program_that_is_not_there_is_just_not_there),
	cmocka_unit_test(a_new_root_or_cwd_is_mentioned),
	cmocka_unit_test(every_step_gives_a_sentence),
	cmocka_unit_test(a_code_that_is_none_is_survived),
	cmocka_unit_test(no_error_is_said_too),
	cmocka_unit_test(a_text_is_cut_at_its_size_and_always_ended),
	cmocka_unit_test(a_very_long_path_is_survived),
	cmocka_unit_test(options_are_read_as_far_as_they_go),
	cmocka_unit_test(errno_stays_and_nothing_stays_open),
};

UNIT_MAIN(tests)
