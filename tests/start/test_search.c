/* SPDX-License-Identifier: MIT */
/* Where a program is looked for, and what a search in vain remembers. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "tree.h"

static void assert_list_finds(const char *list, const char *dir)
{
	struct libspawn_options options = searching(list);

	assert_ran(run_program(&options, "tool", argv_print, 1), dir);
}

/* ---- Search ------------------------------------------------------------ */

static void a_name_is_a_path_unless_a_search_is_asked_for(void **state)
{
	struct libspawn_options options = { OPTIONS, .cwd = good };
	char *path = strdup(getenv("PATH") ? getenv("PATH") : "");

	(void)state;
	assert_ran(run_program(&options, "tool", argv_print, 1), "");
	setenv("PATH", good, 1);
	expect_exec_failure(NULL, "tool", ENOENT, -1);
	setenv("PATH", path, 1);
	free(path);
}

static void the_callers_path_and_the_childs_path_differ(void **state)
{
	char variable[2 * TREE_LENGTH];
	char *env[] = { variable, NULL };
	struct libspawn_options options = { OPTIONS, .env = env };
	char *path = strdup(getenv("PATH") ? getenv("PATH") : "");

	(void)state;
	snprintf(variable, sizeof variable, "PATH=%.300s", other);
	setenv("PATH", good, 1);
	options.search = LIBSPAWN_SEARCH_PARENT_PATH;
	assert_ran(run_program(&options, "tool", argv_print, 1), good);
	options.search = LIBSPAWN_SEARCH_CHILD_PATH;
	assert_ran(run_program(&options, "tool", argv_print, 1), other);
	options.env = NULL;
	options.env_set = env;
	assert_ran(run_program(&options, "tool", argv_print, 1), other);
	options.env_set = NULL;
	assert_ran(run_program(&options, "tool", argv_print, 1), good);
	setenv("PATH", path, 1);
	free(path);
}

static void a_list_is_searched_in_order(void **state)
{
	(void)state;
	assert_list_finds(good, good);
	assert_list_finds(joined(good, other, NULL, NULL), good);
	assert_list_finds(joined(other, good, NULL, NULL), other);
}

static void directories_without_the_program_are_passed_over(void **state)
{
	(void)state;
	assert_list_finds(joined(empty, plain, "/nonexistent", good), good);
}

static void a_program_that_may_not_be_executed_is_passed_over(void **state)
{
	(void)state;
	assert_list_finds(joined(locked, good, NULL, NULL), good);
}

static void a_search_in_vain_remembers_what_may_not_be_executed(void **state)
{
	struct libspawn_options options;

	(void)state;
	options = searching(joined(empty, locked, plain, "/nonexistent"));
	expect_exec_failure(&options, "tool", EACCES, 1);
}

static void a_search_in_vain_is_a_missing_program(void **state)
{
	struct libspawn_options options;
	struct libspawn_error error;

	(void)state;
	options = searching(joined(empty, "/nonexistent", NULL, NULL));
	options.backend = support_backend;
	memset(&error, 0, sizeof error);
	assert_int_equal(libspawn_start(&(struct libspawn_process){ 0 }, "tool",
					argv_print, &options, &error),
			 ENOENT);
	assert_int_equal(error.step, LIBSPAWN_STEP_EXEC);
	assert_true(error.index >= -1 && error.index <= 1);
}

static void an_empty_element_is_the_working_directory(void **state)
{
	static const char *const lists[] = {
		"", ":/nonexistent", "/nonexistent:", "/nonexistent::/none"
	};
	struct libspawn_options options = { OPTIONS, .cwd = good };

	(void)state;
	options.search = LIBSPAWN_SEARCH_LIST;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct seen *seen;

		options.search_list = lists[i];
		seen = run_program(&options, "tool", argv_print, 1);
		assert_int_equal(seen->status, 0);
		assert_seen(seen, "argv.0", "tool");
	}
}

static void a_path_with_a_slash_is_not_searched_for(void **state)
{
	struct libspawn_options options = searching(good);

	(void)state;
	expect_exec_failure(&options, "./tool", ENOENT, -1);
	expect_exec_failure(&options, "/tool", ENOENT, -1);
}

static void without_a_path_the_systems_directories_are_searched(void **state)
{
	char *env[] = { tree_word("A=1"), NULL };
	struct libspawn_options options = {
		OPTIONS,
		.env = env,
		.search = LIBSPAWN_SEARCH_CHILD_PATH,
	};
	char *argv[] = { tree_word("sh"), tree_word("-c"), tree_word("exit 7"),
			 NULL };
	struct seen *seen;

	(void)state;
	seen = run_program(&options, "sh", argv, 1);
	assert_int_equal(seen->status >> 8, 7);
}

static void searches_without_a_meaning_are_refused(void **state)
{
	struct libspawn_options options = { OPTIONS };

	(void)state;
	options.search = LIBSPAWN_SEARCH_LIST;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SEARCH, -1);
	options.search_list = "/bin";
	options.search = LIBSPAWN_SEARCH_CHILD_PATH;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SEARCH, -1);
	options.search = LIBSPAWN_SEARCH_NONE;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SEARCH, -1);
	options.search_list = NULL;
	options.search = 5;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SEARCH, -1);
}

static void
without_a_path_the_callers_own_directories_are_searched(void **state)
{
	char *env[] = { tree_word("A=1"), NULL };
	struct libspawn_options options = {
		OPTIONS,
		.env = env,
		.search = LIBSPAWN_SEARCH_CHILD_PATH,
		.search_default = joined("/nonexistent", good, NULL, NULL),
	};
	char set[] = "PATH=/nonexistent";

	(void)state;
	assert_ran(run_program(&options, "tool", argv_print, 1), good);
	env[0] = set;
	expect_exec_failure(&options, "tool", ENOENT, 0);
	options.search = LIBSPAWN_SEARCH_NONE;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SEARCH, -1);
}

static void a_search_goes_on_whatever_exec_says_if_asked_to(void **state)
{
	struct libspawn_options options;
	const char *list = joined(looping, headless, good, NULL);

	(void)state;
	options = searching(list);
	expect_exec_failure(&options, "tool", ELOOP, 0);
	options.flags = LIBSPAWN_SEARCH_ON;
	assert_ran(run_program(&options, "tool", argv_print, 1), good);
}

static void such_a_search_blames_the_first_that_was_not_missing(void **state)
{
	struct libspawn_options options;

	(void)state;
	options = searching(joined("/nonexistent", locked, headless, plain));
	options.flags = LIBSPAWN_SEARCH_ON;
	expect_exec_failure(&options, "tool", EACCES, 1);
	options.search_list = joined(headless, locked, NULL, NULL);
	expect_exec_failure(&options, "tool", ENOEXEC, 0);
	options.search_list = joined("/nonexistent", plain, NULL, NULL);
	expect_exec_failure(&options, "tool", ENOTDIR, 1);
}

/* ---- Paths to try ------------------------------------------------------ */

static void the_first_path_that_will_do_is_executed(void **state)
{
	char tools[4][2 * TREE_LENGTH];
	char *list[] = { tools[0], tools[1], tools[2], tools[3], NULL };
	struct libspawn_options options = {
		OPTIONS,
		.search = LIBSPAWN_SEARCH_PATHS,
		.search_paths = list,
	};
	struct libspawn_error error;
	char text[512];

	(void)state;
	strcpy(tools[0], tool_in(locked));
	strcpy(tools[1], tool_in("/nonexistent"));
	strcpy(tools[2], tool_in(plain));
	strcpy(tools[3], tool_in(good));
	assert_ran(run_program(&options, "a name", argv_print, 1), good);
	list[3] = NULL;
	error = expect_failure(&options, "a name", argv_print, EACCES,
			       LIBSPAWN_STEP_EXEC, 0);
	assert_ptr_equal(libspawn_error_path(&error, "a name", &options),
			 tools[0]);
	libspawn_explain(text, sizeof text, &error, "a name", argv_print,
			 &options);
	assert_non_null(strstr(text, tools[0]));
}

static void paths_to_try_need_their_search_and_it_needs_them(void **state)
{
	char *list[] = { tree_word("/bin/true"), NULL };
	struct libspawn_options options = { OPTIONS, .search_paths = list };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SEARCH, -1);
	options.search = LIBSPAWN_SEARCH_PARENT_PATH;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SEARCH, -1);
	options.search = LIBSPAWN_SEARCH_PATHS;
	list[0] = NULL;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SEARCH, -1);
	options.search_paths = NULL;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_SEARCH, -1);
}

static void an_error_has_the_path_that_it_is_about(void **state)
{
	struct libspawn_options options = { OPTIONS, .cwd = "/nonexistent" };
	const struct libspawn_fd row = { .child_fd = 5,
					 .kind = LIBSPAWN_FD_OPEN,
					 .path = "/none" };
	struct libspawn_error error = { .code = ENOENT,
					.step = LIBSPAWN_STEP_CWD,
					.index = -1 };

	(void)state;
	options.fds = &row;
	options.fd_count = 1;
	assert_ptr_equal(libspawn_error_path(&error, "name", &options),
			 options.cwd);
	error.step = LIBSPAWN_STEP_EXEC;
	assert_string_equal(libspawn_error_path(&error, "name", &options),
			    "name");
	error.step = LIBSPAWN_STEP_FD;
	assert_null(libspawn_error_path(&error, "name", &options));
	error.index = 0;
	assert_ptr_equal(libspawn_error_path(&error, "name", &options),
			 row.path);
	error.step = LIBSPAWN_STEP_UID;
	assert_null(libspawn_error_path(&error, "name", &options));
	assert_null(libspawn_error_path(NULL, "name", &options));
	error.step = LIBSPAWN_STEP_CWD;
	assert_null(libspawn_error_path(&error, "name", NULL));
}

static const struct CMUnitTest tests[] = {
	TREE_TEST(a_name_is_a_path_unless_a_search_is_asked_for),
	TREE_TEST(the_callers_path_and_the_childs_path_differ),
	TREE_TEST(a_list_is_searched_in_order),
	TREE_TEST(directories_without_the_program_are_passed_over),
	TREE_TEST(a_program_that_may_not_be_executed_is_passed_over),
	TREE_TEST(a_search_in_vain_remembers_what_may_not_be_executed),
	TREE_TEST(a_search_in_vain_is_a_missing_program),
	TREE_TEST(an_empty_element_is_the_working_directory),
	TREE_TEST(a_path_with_a_slash_is_not_searched_for),
	TREE_TEST(without_a_path_the_systems_directories_are_searched),
	TREE_TEST(searches_without_a_meaning_are_refused),
	TREE_TEST(without_a_path_the_callers_own_directories_are_searched),
	TREE_TEST(a_search_goes_on_whatever_exec_says_if_asked_to),
	TREE_TEST(such_a_search_blames_the_first_that_was_not_missing),
	TREE_TEST(the_first_path_that_will_do_is_executed),
	TREE_TEST(paths_to_try_need_their_search_and_it_needs_them),
	TREE_TEST(an_error_has_the_path_that_it_is_about),
};

TEST_MAIN(tests)
