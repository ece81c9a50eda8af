/* SPDX-License-Identifier: MIT */
/*
 * Which file is executed: paths, files that are none, execution by descriptor,
 * scripts, and the arguments that arrive.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux_calls.h"
#include "support.h"
#include "tree.h"

/* What posix_spawn() can't tell apart from its other failures. */
static int exec_step(int others_can_fail)
{
	return others_can_fail &&
			       support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN
		       ? LIBSPAWN_STEP_POSIX_SPAWN
		       : LIBSPAWN_STEP_EXEC;
}

/* ---- Files that can't be executed -------------------------------------- */

static void a_relative_program_is_relative_to_the_new_directory(void **state)
{
	struct libspawn_options options = { OPTIONS, .cwd = good };

	(void)state;
	assert_ran(run_program(&options, "./tool", argv_print, 1), ".");
	options.cwd = base;
	assert_ran(run_program(&options, "good/tool", argv_print, 1), "good");
}

/* Not EACCES, of the directory that can't be searched and comes before. */
static void a_name_too_long_for_a_directory_is_refused_at_once(void **state)
{
	struct libspawn_options options = { OPTIONS };
	char list[2 * TREE_LENGTH], name[300];

	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	snprintf(list, sizeof list, "%.300s:%.300s", locked, base);
	options.search = LIBSPAWN_SEARCH_LIST;
	options.search_list = list;
	expect_failure(&options, name, argv_print, ENAMETOOLONG,
		       LIBSPAWN_STEP_EXEC, -1);
}

static void files_that_are_no_programs_are_refused(void **state)
{
	char path[2 * TREE_LENGTH], name[600];

	(void)state;
	expect_exec_failure(NULL, "/nonexistent", ENOENT, -1);
	expect_exec_failure(NULL, "", ENOENT, -1);
	expect_exec_failure(NULL, base, EACCES, -1);
	snprintf(path, sizeof path, "%.300s/tool", locked);
	expect_exec_failure(NULL, path, EACCES, -1);
	snprintf(path, sizeof path, "%.300s/tool", plain);
	expect_exec_failure(NULL, path, ENOTDIR, -1);
	memset(name, 'n', sizeof name - 1);
	name[0] = '/';
	name[sizeof name - 1] = '\0';
	expect_exec_failure(NULL, name, ENAMETOOLONG, -1);
	snprintf(path, sizeof path, "%.300s/script", base);
	assert_int_equal(symlink(path, path), 0);
	expect_exec_failure(NULL, path, ELOOP, -1);
}

static char *script_with(const char *text)
{
	static char path[2 * TREE_LENGTH];

	snprintf(path, sizeof path, "%.300s/script", base);
	write_file(path, 0755, text);
	return path;
}

static void a_script_with_a_missing_interpreter_is_missing(void **state)
{
	(void)state;
	expect_exec_failure(NULL, script_with("#!/nonexistent/sh\n"), ENOENT,
			    -1);
}

static void a_file_without_a_format_is_refused(void **state)
{
	(void)state;
	expect_exec_failure(NULL, script_with("exit 9\n"), ENOEXEC, -1);
}

static void a_file_without_a_format_is_run_by_the_shell_on_request(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_SHELL_FALLBACK,
	};
	char *argv[] = { tree_word("name"), tree_word("9"), tree_word("b c"),
			 NULL };
	struct seen *seen;

	(void)state;
	seen = run_program(&options,
			   script_with("echo \"all=$#:$1:$2\"; exit $1\n"),
			   argv, 1);
	assert_int_equal(seen->status >> 8, 9);
	assert_seen(seen, "all", "2:9:b c");
}

static void the_shell_is_the_fallback_in_a_search_too(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_SHELL_FALLBACK,
		.search = LIBSPAWN_SEARCH_LIST,
	};
	char *argv[] = { tree_word("name"), NULL };

	(void)state;
	script_with("exit 9\n");
	options.search_list = joined(empty, base, good, NULL);
	assert_int_equal(run_program(&options, "script", argv, 1)->status >> 8,
			 9);
}

/* ---- By descriptor ----------------------------------------------------- */

static struct libspawn_options executing(int fd)
{
	return (struct libspawn_options){
		OPTIONS,
		.flags = LIBSPAWN_PROGRAM_FD,
		.program_fd = fd,
	};
}

/* execveat() is Linux's, and nothing of it reaches posix_spawn(). */
static int takes_descriptors(void)
{
	return ON_LINUX && support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN;
}

static void a_program_is_executed_by_descriptor(void **state)
{
	static const int kinds[] = { O_RDONLY, O_PATH };

	(void)state;
	for (int i = 0; i < 2; i++) {
		int fd = open(support_probe, kinds[i] | O_CLOEXEC);
		struct libspawn_options options = executing(fd);
		struct seen *seen;

		if (!takes_descriptors()) {
			options.fds = NULL;
			expect_decline(&options, LIBSPAWN_STEP_EXEC);
		} else {
			seen = run_program(&options, "only a name", argv_print,
					   1);
			assert_int_equal(seen->status, 0);
			assert_seen(seen, "exe", support_probe);
		}
		close(fd);
	}
}

static void a_script_needs_its_descriptor_inherited(void **state)
{
	char text[2 * TREE_LENGTH];
	char *argv[] = { tree_word("lost"), tree_word("args"), NULL };
	struct libspawn_fd row = { .kind = LIBSPAWN_FD_FROM };
	struct libspawn_options options;
	struct seen *seen;
	int fd;

	(void)state;
	snprintf(text, sizeof text, "#!%s print\n", support_probe);
	fd = open(script_with(text), O_RDONLY | O_CLOEXEC);
	options = executing(fd);
	if (takes_descriptors()) {
		expect_exec_failure(&options, "script", ENOENT, -1);
		row.child_fd = row.parent_fd = fd;
		options.fds = &row;
		options.fd_count = 1;
		seen = run_program(&options, "script", argv, 1);
		snprintf(text, sizeof text, "/dev/fd/%d", fd);
		assert_seen(seen, "argv.2", text);
	} else {
		expect_decline(&options, LIBSPAWN_STEP_EXEC);
	}
	close(fd);
}

static void descriptors_that_are_no_programs_are_refused(void **state)
{
	struct libspawn_options options = executing(open("/dev/null", O_PATH));

	(void)state;
	if (takes_descriptors()) {
		expect_exec_failure(&options, "null", EACCES, -1);
		close(options.program_fd);
		expect_failure(&options, "closed", argv_print, EBADF,
			       LIBSPAWN_STEP_EXEC, -1);
	} else {
		close(options.program_fd);
	}
	options.program_fd = -1;
	expect_failure(&options, "negative", argv_print, EBADF,
		       LIBSPAWN_STEP_EXEC, -1);
}

static void the_shell_is_no_fallback_for_a_descriptor(void **state)
{
	struct libspawn_options options = executing(0);

	(void)state;
	options.flags |= LIBSPAWN_SHELL_FALLBACK;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_EXEC, -1);
	options.flags = 0;
	options.program_fd = 5;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_EXEC, -1);
}

/* ---- Arguments --------------------------------------------------------- */

static void the_first_argument_need_not_be_the_program(void **state)
{
	char *argv[] = { tree_word("any name at all"), tree_word("print"),
			 tree_word("args"), NULL };
	struct seen *seen = run_program(NULL, support_probe, argv, 1);

	(void)state;
	assert_seen(seen, "argv.0", "any name at all");
	assert_executed(seen, support_probe);
}

static void arguments_arrive_as_they_are(void **state)
{
	char *argv[] = { tree_word(""),
			 tree_word("print"),
			 tree_word("args"),
			 tree_word("--"),
			 tree_word(""),
			 tree_word("two words"),
			 tree_word("$HOME*"),
			 tree_word("\n\001\377"),
			 NULL };
	struct seen *seen = run_program(NULL, support_probe, argv, 1);

	(void)state;
	assert_seen(seen, "argc", "8");
	assert_seen(seen, "argv.0", "");
	assert_seen(seen, "argv.4", "");
	assert_seen(seen, "argv.5", "two words");
	assert_seen(seen, "argv.6", "$HOME*");
	assert_seen(seen, "argv.7", "\\x0a\\x01\\xff");
}

static void an_argument_that_is_too_long_is_refused_with_its_index(void **state)
{
	char *longest = malloc(LIBSPAWN_STRING_MAX + 1);
	char *argv[] = { tree_word("tool"), tree_word("print"),
			 tree_word("args"), tree_word("--"),
			 longest,	    NULL };
	struct seen *seen;

	(void)state;
	assert_non_null(longest);
	memset(longest, 'x', LIBSPAWN_STRING_MAX);
	longest[LIBSPAWN_STRING_MAX] = '\0';
	expect_failure(NULL, support_probe, argv, E2BIG,
		       LIBSPAWN_STEP_ARGUMENTS, 4);
	longest[LIBSPAWN_STRING_MAX - 1] = '\0';
	seen = run_program(NULL, support_probe, argv, 1);
	assert_int_equal(strlen(seen_text(seen, "argv.4")),
			 LIBSPAWN_STRING_MAX - 1);
	free(longest);
}

static void arguments_too_long_together_are_an_error_of_exec(void **state)
{
	static char *argv[102];
	char *word = malloc(LIBSPAWN_STRING_MAX);

	(void)state;
	assert_non_null(word);
	memset(word, 'x', LIBSPAWN_STRING_MAX - 1);
	word[LIBSPAWN_STRING_MAX - 1] = '\0';
	for (int i = 0; i < 101; i++)
		argv[i] = word;
	expect_failure(NULL, support_probe, argv, E2BIG, exec_step(0), -1);
	free(word);
}

static const struct CMUnitTest tests[] = {
	TREE_TEST(a_relative_program_is_relative_to_the_new_directory),
	TREE_TEST(a_name_too_long_for_a_directory_is_refused_at_once),
	TREE_TEST(files_that_are_no_programs_are_refused),
	TREE_TEST(a_script_with_a_missing_interpreter_is_missing),
	TREE_TEST(a_file_without_a_format_is_refused),
	TREE_TEST(a_file_without_a_format_is_run_by_the_shell_on_request),
	TREE_TEST(the_shell_is_the_fallback_in_a_search_too),
	TREE_TEST(a_program_is_executed_by_descriptor),
	TREE_TEST(a_script_needs_its_descriptor_inherited),
	TREE_TEST(descriptors_that_are_no_programs_are_refused),
	TREE_TEST(the_shell_is_no_fallback_for_a_descriptor),
	TREE_TEST(the_first_argument_need_not_be_the_program),
	TREE_TEST(arguments_arrive_as_they_are),
	TREE_TEST(an_argument_that_is_too_long_is_refused_with_its_index),
	TREE_TEST(arguments_too_long_together_are_an_error_of_exec),
};

TEST_MAIN(tests)
