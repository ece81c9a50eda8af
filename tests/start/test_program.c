/* SPDX-License-Identifier: MIT */
/*
 * Which file is executed: paths, the search policies and what they remember,
 * execution by descriptor, scripts, and the arguments that arrive.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux_calls.h"
#include "support.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define LENGTH 256

/*
 * A directory for each test:
 *	good/tool    the probe
 *	other/tool   the probe
 *	empty/
 *	locked/tool  not executable
 *	headless/tool
 *	             has no header
 *	looping/tool a link to itself
 *	plain        a file, so that plain/tool is ENOTDIR
 */
enum { DIRECTORIES = 6 };
static char base[64];
static char paths[DIRECTORIES][LENGTH];
static const char *const good = paths[0], *const other = paths[1],
			 *const empty = paths[2], *const locked = paths[3],
			 *const headless = paths[4], *const looping = paths[5];
static char plain[LENGTH];

static char *argv_print[] = { TEXT("tool"), TEXT("print"), TEXT("args"), NULL };

static void write_file(const char *path, mode_t mode, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static const char *tool_in(const char *directory)
{
	static char path[2 * LENGTH];

	snprintf(path, sizeof path, "%.300s/tool", directory);
	return path;
}

static int make_tree(void **state)
{
	static const char *const names[DIRECTORIES] = {
		"good", "other", "empty", "locked", "headless", "looping",
	};

	strcpy(base, "/tmp/libspawn-program-XXXXXX");
	assert_non_null(mkdtemp(base));
	for (int i = 0; i < DIRECTORIES; i++) {
		snprintf(paths[i], LENGTH, "%s/%s", base, names[i]);
		assert_int_equal(mkdir(paths[i], 0755), 0);
	}
	snprintf(plain, sizeof plain, "%s/plain", base);
	write_file(plain, 0644, "not a directory");
	assert_int_equal(symlink(support_probe, tool_in(good)), 0);
	assert_int_equal(symlink(support_probe, tool_in(other)), 0);
	assert_int_equal(symlink("tool", tool_in(looping)), 0);
	write_file(tool_in(locked), 0644, "not a program");
	write_file(tool_in(headless), 0755, "no header");
	return support_setup(state);
}

static int remove_tree(void **state)
{
	char path[2 * LENGTH];

	for (int i = 0; i < DIRECTORIES; i++) {
		unlink(tool_in(paths[i]));
		rmdir(paths[i]);
	}
	snprintf(path, sizeof path, "%.300s/script", base);
	unlink(path);
	unlink(plain);
	rmdir(base);
	return support_teardown(state);
}

/* A list of up to four directories with ':' between. */
static const char *joined(const char *a, const char *b, const char *c,
			  const char *d)
{
	static char text[5 * LENGTH];
	const char *parts[] = { a, b, c, d };

	text[0] = '\0';
	for (int i = 0; i < 4 && parts[i]; i++) {
		strcat(text, i ? ":" : "");
		strcat(text, parts[i]);
	}
	return text;
}

/* By which name it was started, where the system tells. */
static void assert_executed(const struct seen *seen, const char *path)
{
	if (ON_LINUX)
		assert_seen(seen, "execfn", path);
}

static void assert_ran(const struct seen *seen, const char *dir)
{
	char path[2 * LENGTH];

	snprintf(path, sizeof path, "%s%stool", dir, *dir ? "/" : "");
	assert_int_equal(seen->status, 0);
	assert_executed(seen, path);
	assert_seen(seen, "argv.0", "tool");
}

static struct libspawn_options searching(const char *list)
{
	return (struct libspawn_options){
		OPTIONS,
		.search = LIBSPAWN_SEARCH_LIST,
		.search_list = list,
	};
}

static void assert_list_finds(const char *list, const char *dir)
{
	struct libspawn_options options = searching(list);

	assert_ran(run_program(&options, "tool", argv_print, 1), dir);
}

/* What posix_spawn() can't tell apart from its other failures. */
static int exec_step(int others_can_fail)
{
	return others_can_fail &&
			       support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN
		       ? LIBSPAWN_STEP_POSIX_SPAWN
		       : LIBSPAWN_STEP_EXEC;
}

static void expect_exec_failure(const struct libspawn_options *options,
				const char *program, int code, int index)
{
	struct libspawn_error error;

	error = expect_failure(options, program, argv_print, code,
			       LIBSPAWN_STEP_EXEC, index);
	assert_int_equal(error.backend, support_backend);
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
	char variable[2 * LENGTH];
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
	char *env[] = { TEXT("A=1"), NULL };
	struct libspawn_options options = {
		OPTIONS,
		.env = env,
		.search = LIBSPAWN_SEARCH_CHILD_PATH,
	};
	char *argv[] = { TEXT("sh"), TEXT("-c"), TEXT("exit 7"), NULL };
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
	char *env[] = { TEXT("A=1"), NULL };
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
	char tools[4][2 * LENGTH];
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
	char *list[] = { TEXT("/bin/true"), NULL };
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
	char list[2 * LENGTH], name[300];

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
	char path[2 * LENGTH], name[600];

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
	static char path[2 * LENGTH];

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
	char *argv[] = { TEXT("name"), TEXT("9"), TEXT("b c"), NULL };
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
	char *argv[] = { TEXT("name"), NULL };

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
	char text[2 * LENGTH];
	char *argv[] = { TEXT("lost"), TEXT("args"), NULL };
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
	char *argv[] = { TEXT("any name at all"), TEXT("print"), TEXT("args"),
			 NULL };
	struct seen *seen = run_program(NULL, support_probe, argv, 1);

	(void)state;
	assert_seen(seen, "argv.0", "any name at all");
	assert_executed(seen, support_probe);
}

static void arguments_arrive_as_they_are(void **state)
{
	char *argv[] = { TEXT(""),	 TEXT("print"),	     TEXT("args"),
			 TEXT("--"),	 TEXT(""),	     TEXT("two words"),
			 TEXT("$HOME*"), TEXT("\n\001\377"), NULL };
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
	char *argv[] = { TEXT("tool"), TEXT("print"), TEXT("args"),
			 TEXT("--"),   longest,	      NULL };
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

#define TREE_TEST(function)                                                    \
	cmocka_unit_test_setup_teardown(function, make_tree, remove_tree)

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
