/* SPDX-License-Identifier: MIT */
/*
 * Ways out of a new root: each is tried from a directory outside of which the
 * names would be found, by root and by a user with a user namespace of its own.
 * What leads out by the word of libspawn.h is tried too, and does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apart.h"
#include "jail.h"
#include "setting.h"

/* ---- Who tries --------------------------------------------------------- */

/* Options of a start with that root, in a body that has begun. */
static struct libspawn_options rooted(const char *root)
{
	struct libspawn_options options = plain_options();

	options.root = root;
	options.unshare = jail_users;
	return options;
}

static int is_declined(void)
{
	struct libspawn_options options = { OPTIONS, .root = "/" };

	if (support_backend != LIBSPAWN_BACKEND_POSIX_SPAWN)
		return 0;
	expect_decline(&options, LIBSPAWN_STEP_CHROOT);
	return 1;
}

static void try_both(void (*body)(void))
{
	if (is_declined())
		return;
	jail_try(&(struct jail_trial){ .body = body });
}

static void expect_absent(const struct libspawn_options *options,
			  const char *program, int index)
{
	expect_failure(options, program, jail_argv, ENOENT, LIBSPAWN_STEP_EXEC,
		       index);
}

static void assert_inside(const struct seen *seen)
{
	assert_seen_id(seen, "root.id", jail.root);
	assert_seen_id(seen, "cwd.id", jail.root);
	assert_seen(seen, "cwd", "/");
}

/* ---- The program ------------------------------------------------------- */

static void no_name_of_a_program_leads_out_of_the_root_body(void)
{
	const char *const ways[] = { "found",
				     "./found",
				     "../outside/found",
				     "../../../../../../tmp/../bin/sh",
				     "/../outside/found",
				     "/../../bin/sh",
				     jail.found,
				     "inner/../found" };
	struct libspawn_options options = plain_options();

	/* Without a root it is there, so that it could be found. */
	run_program(&options, "found", jail_argv, 1);
	options = rooted(jail.root);
	for (size_t n = 0; n < sizeof ways / sizeof *ways; n++) {
		options.cwd = NULL;
		expect_absent(&options, ways[n], -1);
		options.cwd = "..";
		expect_absent(&options, ways[n], -1);
		options.cwd = "inner";
		expect_absent(&options, ways[n], -1);
	}
	assert_inside(run_program(
		&(struct libspawn_options){ OPTIONS, .root = jail.root,
					    .unshare = jail_users },
		"jailed", jail_argv, 1));
}

static void no_name_of_a_program_leads_out_of_the_root(void **state)
{
	(void)state;
	try_both(no_name_of_a_program_leads_out_of_the_root_body);
}

static void no_search_leads_out_of_the_root_body(void)
{
	char list[256], variable[300];
	char *env[] = { variable, NULL };
	struct libspawn_options options = rooted(jail.root);

	snprintf(list, sizeof list, ".:..:../outside::/../outside:%s",
		 jail.outside);
	snprintf(variable, sizeof variable, "PATH=%s", list);
	options.search = LIBSPAWN_SEARCH_LIST;
	options.search_list = list;
	expect_absent(&options, "found", 5);
	options.search_list = NULL;
	options.search = LIBSPAWN_SEARCH_CHILD_PATH;
	options.env_set = env;
	expect_absent(&options, "found", 5);
	options.search = LIBSPAWN_SEARCH_PARENT_PATH;
	setenv("PATH", list, 1);
	expect_absent(&options, "found", 5);
	/* The same list has it for who stays outside. */
	options.root = NULL;
	run_program(&options, "found", jail_argv, 1);
}

static void no_search_leads_out_of_the_root(void **state)
{
	(void)state;
	try_both(no_search_leads_out_of_the_root_body);
}

/* Interpreters are the kernel's to find, the shell is ours. */
static void no_interpreter_is_found_outside_of_the_root_body(void)
{
	struct libspawn_options options = rooted(jail.root);

	expect_absent(&options, "/script", -1);
	options.flags = LIBSPAWN_SHELL_FALLBACK;
	expect_absent(&options, "/text", -1);
}

static void no_interpreter_is_found_outside_of_the_root(void **state)
{
	(void)state;
	try_both(no_interpreter_is_found_outside_of_the_root_body);
}

/* ---- The directory ----------------------------------------------------- */

static void no_path_of_a_directory_leads_out_of_the_root_body(void)
{
	static const char *const ways[] = { ".",	   "..",   "../..",
					    "inner/../..", "//..", "/..",
					    "/../../.",	   "up",   "up/up",
					    "/inner/../up" };
	struct libspawn_options options = rooted(jail.root);

	/* What is seen of so many makes the heap grow. */
	support_ignore_mappings();
	for (size_t n = 0; n < sizeof ways / sizeof *ways; n++)
		for (int before = 0; before < 2; before++) {
			options.flags = before ? LIBSPAWN_CWD_BEFORE_IDS : 0;
			options.cwd = ways[n];
			assert_inside(
				run_program(&options, "/jailed", jail_argv, 1));
		}
	options.cwd = "../outside";
	expect_failure(&options, "/jailed", jail_argv, ENOENT,
		       LIBSPAWN_STEP_CWD, -1);
	options.cwd = jail.outside;
	expect_failure(&options, "/jailed", jail_argv, ENOENT,
		       LIBSPAWN_STEP_CWD, -1);
}

static void no_path_of_a_directory_leads_out_of_the_root(void **state)
{
	(void)state;
	try_both(no_path_of_a_directory_leads_out_of_the_root_body);
}

static void no_open_directory_leads_out_of_the_root_body(void)
{
	struct libspawn_options options = rooted(jail.root);

	options.cwd_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int before = 0; before < 2; before++) {
		options.flags = LIBSPAWN_CWD_FD;
		options.flags |= before ? LIBSPAWN_CWD_BEFORE_IDS : 0;
		expect_invalid(&options, EINVAL, LIBSPAWN_STEP_CWD, -1);
	}
	close(options.cwd_fd);
}

static void no_open_directory_leads_out_of_the_root(void **state)
{
	(void)state;
	try_both(no_open_directory_leads_out_of_the_root_body);
}

/* A root that has the links of /proc: they lead to where a file is open. */
static void no_link_of_proc_leads_out_of_the_root_body(void)
{
	char ways[4][64];
	struct libspawn_options options = rooted("/proc");
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(ways[0], sizeof ways[0], "/self/fd/%d", fd);
	snprintf(ways[1], sizeof ways[1], "self/fd/%d/../root/..", fd);
	snprintf(ways[2], sizeof ways[2], "/%d/root", (int)getpid());
	snprintf(ways[3], sizeof ways[3], "/%d/cwd", (int)getpid());
	options.program_fd = open(support_probe, O_RDONLY | O_CLOEXEC);
	for (int n = 0; n < 8; n++) {
		options.flags = LIBSPAWN_PROGRAM_FD;
		options.flags |= n % 2 ? LIBSPAWN_CWD_BEFORE_IDS : 0;
		options.cwd = ways[n / 2];
		/* A user's namespace may not look into the processes outside */
		expect_failure(&options, "name", jail_argv,
			       jail_users && n >= 4 ? EACCES : EXDEV,
			       LIBSPAWN_STEP_CWD, -1);
	}
	close(options.program_fd);
	close(fd);
}

static void no_link_of_proc_leads_out_of_the_root(void **state)
{
	(void)state;
	try_both(no_link_of_proc_leads_out_of_the_root_body);
}

/* ---- What leads out by the word of the header -------------------------- */

static void what_is_handed_in_is_outside_body(void)
{
	static const struct libspawn_fd rows[] = {
		{ .child_fd = 5, .kind = LIBSPAWN_FD_OPEN, .path = "table" },
		{ .child_fd = 6, .kind = LIBSPAWN_FD_NULL },
	};
	static char *argv[] = { jail_word("probe"), jail_word("print"),
				jail_word("dirs"),  jail_word("then"),
				jail_word("read"),  jail_word("5"),
				jail_word("write"), jail_word("6"),
				jail_word("text"),  NULL };
	struct libspawn_options options = rooted(jail.root);
	struct libspawn_process process;
	const struct seen *seen;
	struct stat st;
	int code;

	options.flags = LIBSPAWN_PROGRAM_FD;
	options.program_fd = open("found", O_RDONLY | O_CLOEXEC);
	options.fds = rows;
	options.fd_count = 2;
	code = libspawn_start(&process, "name", exit_argv, &options, NULL);
	if (code == ENOENT && has_tomoyo())
		skip_apart("TOMOYO wants /dev/fd in a new root");
	assert_int_equal(code, 0);
	reap(process.pid);
	seen = run_program(&options, "name", argv, 1);
	close(options.program_fd);
	assert_inside(seen);
	assert_seen(seen, "read.5", "outside");
	assert_int_equal(stat("../root/dev/null", &st), 0);
	assert_int_equal(st.st_size, 0);
}

static void what_is_handed_in_is_outside(void **state)
{
	(void)state;
	try_both(what_is_handed_in_is_outside_body);
}

static void a_program_named_by_a_link_of_proc_is_outside_body(void)
{
	struct libspawn_options options = rooted("/proc");
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char program[64];

	snprintf(program, sizeof program, "/self/fd/%d/found", fd);
	assert_seen_id(run_program(&options, program, jail_argv, 1), "cwd.id",
		       "/proc");
	close(fd);
}

static void a_program_named_by_a_link_of_proc_is_outside(void **state)
{
	(void)state;
	try_both(a_program_named_by_a_link_of_proc_is_outside_body);
}

static const struct CMUnitTest tests[] = {
	TEST(no_name_of_a_program_leads_out_of_the_root),
	TEST(no_search_leads_out_of_the_root),
	TEST(no_interpreter_is_found_outside_of_the_root),
	TEST(no_path_of_a_directory_leads_out_of_the_root),
	TEST(no_open_directory_leads_out_of_the_root),
	TEST(no_link_of_proc_leads_out_of_the_root),
	TEST(what_is_handed_in_is_outside),
	TEST(a_program_named_by_a_link_of_proc_is_outside),
};

TEST_MAIN(tests)
