/* SPDX-License-Identifier: MIT */
/*
 * What the launchers of language runtimes have and shells have not: searches
 * that go on, paths to try, descriptors that are kept, rows with fixed places.
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
#define FROM(child, parent)                                                    \
	{                                                                      \
		.child_fd = (child), .kind = LIBSPAWN_FD_FROM,                 \
		.parent_fd = (parent)                                          \
	}
#define LENGTH 256
#define FILES 4

/*
 * A directory for each test:
 *	good/tool    the probe
 *	other/tool   has no header
 *	empty/tool   a link to itself
 *	locked/tool  not executable
 *	plain        a file, so that plain/tool is ENOTDIR
 */
static char base[64];
static char paths[4][LENGTH];
static const char *const good = paths[0], *const other = paths[1],
			 *const empty = paths[2], *const locked = paths[3];
static char plain[LENGTH];
/* Files that can be told apart, at fixed numbers, closed on exec. */
static int files[FILES];

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

static void make_tree(void)
{
	static const char *const names[] = { "good", "other", "empty",
					     "locked" };

	strcpy(base, "/tmp/libspawn-runtime-XXXXXX");
	assert_non_null(mkdtemp(base));
	for (int i = 0; i < 4; i++) {
		snprintf(paths[i], LENGTH, "%s/%s", base, names[i]);
		assert_int_equal(mkdir(paths[i], 0755), 0);
	}
	snprintf(plain, sizeof plain, "%s/plain", base);
	write_file(plain, 0644, "not a directory");
	assert_int_equal(symlink(support_probe, tool_in(good)), 0);
	assert_int_equal(symlink("tool", tool_in(empty)), 0);
	write_file(tool_in(other), 0755, "no header");
	write_file(tool_in(locked), 0644, "not a program");
}

static int make_all(void **state)
{
	int failed = support_setup(state);

	make_tree();
	for (int i = 0; i < FILES; i++) {
		int fd = new_file();

		files[i] = fcntl(fd, F_DUPFD_CLOEXEC, 20 + i);
		close(fd);
		failed |= files[i] < 0;
	}
	return failed;
}

static int remove_all(void **state)
{
	for (int i = 0; i < FILES; i++)
		close(files[i]);
	for (int i = 0; i < 4; i++) {
		unlink(tool_in(paths[i]));
		rmdir(paths[i]);
	}
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

static void expect_exec_failure(const struct libspawn_options *options,
				const char *program, int code, int index)
{
	struct libspawn_error error;

	error = expect_failure(options, program, argv_print, code,
			       LIBSPAWN_STEP_EXEC, index);
	assert_int_equal(error.backend, support_backend);
}

static void assert_is(const struct seen *seen, int child_fd,
		      const struct stat *st)
{
	char key[32], id[64];

	snprintf(key, sizeof key, "fd.%d.id", child_fd);
	snprintf(id, sizeof id, "%llu:%llu", (unsigned long long)st->st_dev,
		 (unsigned long long)st->st_ino);
	assert_seen(seen, key, id);
}

static void assert_is_file(const struct seen *seen, int child_fd, int parent_fd)
{
	struct stat st;

	assert_int_equal(fstat(parent_fd, &st), 0);
	assert_is(seen, child_fd, &st);
}

static int fd_is_seen(const struct seen *seen, int fd)
{
	char key[32];

	snprintf(key, sizeof key, "fd.%d.flags", fd);
	return seen_find(seen, key) != NULL;
}

static struct seen *run_table(const struct libspawn_fd *rows, uint32_t count)
{
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = count,
	};

	return run_probe_at(60, &options, "fds");
}

#define RUN_TABLE(rows) run_table((rows), sizeof(rows) / sizeof(rows)[0])

/* A step that posix_spawn() can't tell apart from the others. */
static void expect_child_failure(const struct libspawn_options *options,
				 int code, int step, int index)
{
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		expect_probe_failure(options, code, LIBSPAWN_STEP_POSIX_SPAWN,
				     -1);
	else
		expect_probe_failure(options, code, step, index);
}

/* ---- Search ------------------------------------------------------------ */

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
	const char *list = joined(empty, other, good, NULL);

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
	options = searching(joined("/nonexistent", locked, other, plain));
	options.flags = LIBSPAWN_SEARCH_ON;
	expect_exec_failure(&options, "tool", EACCES, 1);
	options.search_list = joined(other, locked, NULL, NULL);
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

/* ---- What runtimes have in their tables --------------------------------- */

static void what_is_kept_has_its_number_and_the_rest_is_closed(void **state)
{
	const int32_t kept[] = { files[3], files[1] };
	struct libspawn_fd row = FROM(6, files[0]);
	struct libspawn_options options = {
		OPTIONS,	  .fds = &row,	   .fd_count = 1,
		.keep_fds = kept, .keep_count = 2,
	};
	struct seen *seen;

	(void)state;
	seen = run_probe_at(60, &options, "fds");
	assert_is_file(seen, 6, files[0]);
	assert_is_file(seen, files[1], files[1]);
	assert_is_file(seen, files[3], files[3]);
	assert_false(fd_is_seen(seen, files[2]));
	assert_int_equal(fcntl(files[1], F_GETFD), FD_CLOEXEC);
}

static void what_is_kept_must_be_open(void **state)
{
	const int32_t kept[] = { files[3], 59 };
	struct libspawn_fd row = FROM(6, files[0]);
	struct libspawn_options options = {
		OPTIONS,	  .fds = &row,	   .fd_count = 1,
		.keep_fds = kept, .keep_count = 2,
	};
	struct libspawn_error error = { .code = EBADF,
					.step = LIBSPAWN_STEP_FD,
					.index = 2 };
	char text[256];

	(void)state;
	expect_child_failure(&options, EBADF, LIBSPAWN_STEP_FD, 2);
	libspawn_explain(text, sizeof text, &error, NULL, NULL, &options);
	assert_non_null(strstr(text, "keep_fds[1]: descriptor 59"));
}

static void a_pair_of_sockets_has_an_end_in_each(void **state)
{
	int32_t end = -1;
	const struct libspawn_fd rows[] = {
		{ .child_fd = 5,
		  .kind = LIBSPAWN_FD_SOCKET,
		  .parent_end = &end },
		{ .child_fd = 6, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
	};
	struct seen *seen;
	struct stat st;

	(void)state;
	seen = RUN_TABLE(rows);
	assert_true(fd_is_seen(seen, 5));
	assert_true(fd_is_seen(seen, 6));
	assert_true(end > 2);
	assert_int_equal(fcntl(end, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(end, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	/* The program has ended, and nobody else has the other one. */
	assert_int_equal(read(end, &st, 1), 0);
	close(end);
}

static void a_row_that_is_passed_over_does_nothing(void **state)
{
	const struct libspawn_fd rows[] = {
		{ .child_fd = -1, .kind = LIBSPAWN_FD_SKIP },
		FROM(5, files[0]),
		{ .child_fd = 5, .kind = LIBSPAWN_FD_SKIP },
		{ .child_fd = 0, .kind = LIBSPAWN_FD_SKIP },
	};
	struct seen *seen;

	(void)state;
	seen = RUN_TABLE(rows);
	assert_is_file(seen, 5, files[0]);
}

static void the_null_device_can_be_for_reading_only(void **state)
{
	const struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_NULL_READ },
		{ .child_fd = 5, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 6, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
	};
	struct seen *seen;
	struct stat st;

	(void)state;
	seen = RUN_TABLE(rows);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_is(seen, 0, &st);
	assert_is(seen, 6, &st);
	assert_int_equal(seen_set(seen, "fd.0.flags") & O_ACCMODE, O_RDONLY);
	assert_int_equal(seen_set(seen, "fd.5.flags") & O_ACCMODE, O_RDWR);
	assert_int_equal(seen_set(seen, "fd.6.flags") & O_ACCMODE, O_RDONLY);
}

static void what_no_limit_allows_is_closed_already(void **state)
{
	const struct libspawn_fd rows[] = {
		FROM(5, files[0]),
		{ .child_fd = INT32_MAX, .kind = LIBSPAWN_FD_CLOSE },
	};

	(void)state;
	assert_is_file(RUN_TABLE(rows), 5, files[0]);
}

#define RUNTIME_TEST(function)                                                 \
	cmocka_unit_test_setup_teardown(function, make_all, remove_all)

static const struct CMUnitTest tests[] = {
	RUNTIME_TEST(without_a_path_the_callers_own_directories_are_searched),
	RUNTIME_TEST(a_search_goes_on_whatever_exec_says_if_asked_to),
	RUNTIME_TEST(such_a_search_blames_the_first_that_was_not_missing),
	RUNTIME_TEST(the_first_path_that_will_do_is_executed),
	RUNTIME_TEST(paths_to_try_need_their_search_and_it_needs_them),
	RUNTIME_TEST(an_error_has_the_path_that_it_is_about),
	RUNTIME_TEST(what_is_kept_has_its_number_and_the_rest_is_closed),
	RUNTIME_TEST(what_is_kept_must_be_open),
	RUNTIME_TEST(a_pair_of_sockets_has_an_end_in_each),
	RUNTIME_TEST(a_row_that_is_passed_over_does_nothing),
	RUNTIME_TEST(the_null_device_can_be_for_reading_only),
	RUNTIME_TEST(what_no_limit_allows_is_closed_already),
};

TEST_MAIN(tests)
