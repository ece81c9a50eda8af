/* SPDX-License-Identifier: MIT */
/* Working directory, root directory, and the mask of new files' permissions. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setting.h"
#include "support.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))

static char *argv_print[] = { TEXT("probe"), TEXT("print"), TEXT("dirs"),
			      NULL };

/* The step of a failure that posix_spawn() can't tell apart. */
static int step_here(int step)
{
	return support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN
		       ? LIBSPAWN_STEP_POSIX_SPAWN
		       : step;
}

static void the_working_directory_is_inherited(void **state)
{
	char here[4096];

	(void)state;
	assert_non_null(getcwd(here, sizeof here));
	assert_seen(run_probe(NULL, "dirs"), "cwd", here);
}

static void the_working_directory_is_changed_by_path(void **state)
{
	struct libspawn_options options = { OPTIONS, .cwd = "/dev" };

	(void)state;
	assert_seen(run_probe(&options, "dirs"), "cwd", "/dev");
	options.cwd = "..";
	assert_seen_id(run_probe(&options, "dirs"), "cwd.id", "..");
}

static void the_working_directory_is_changed_by_descriptor(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_CWD_FD,
		.cwd_fd = open("/dev", O_DIRECTORY | O_CLOEXEC),
	};

	(void)state;
	assert_seen(run_probe(&options, "dirs"), "cwd", "/dev");
	close(options.cwd_fd);
}

static void a_directory_descriptor_may_be_overwritten_by_the_table(void **state)
{
	struct libspawn_fd row = { .kind = LIBSPAWN_FD_NULL };
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_CWD_FD,
		.cwd_fd = open("/dev", O_DIRECTORY | O_CLOEXEC),
		.fds = &row,
		.fd_count = 1,
	};

	(void)state;
	row.child_fd = options.cwd_fd;
	assert_seen(run_probe(&options, "dirs"), "cwd", "/dev");
	close(options.cwd_fd);
}

static void directories_that_are_none_are_refused(void **state)
{
	struct libspawn_options options = { OPTIONS, .cwd = "/nonexistent" };

	(void)state;
	expect_probe_failure(&options, ENOENT, step_here(LIBSPAWN_STEP_CWD),
			     -1);
	options.cwd = "";
	expect_probe_failure(&options, ENOENT, step_here(LIBSPAWN_STEP_CWD),
			     -1);
	options.cwd = "/dev/null";
	expect_probe_failure(&options, ENOTDIR, step_here(LIBSPAWN_STEP_CWD),
			     -1);
	options.cwd = NULL;
	options.flags = LIBSPAWN_CWD_FD;
	options.cwd_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	expect_probe_failure(&options, ENOTDIR, step_here(LIBSPAWN_STEP_CWD),
			     -1);
	close(options.cwd_fd);
}

static void a_directory_by_path_and_descriptor_is_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_CWD_FD,
		.cwd = "/",
	};

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_CWD, -1);
	options.flags = 0;
	options.cwd = NULL;
	options.cwd_fd = 3;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_CWD, -1);
}

/* ---- Root -------------------------------------------------------------- */

static char place[64], jail[96], jailed[128], inner[128];
static char outside[96], outside_found[128];

static int make_jail(void **state)
{
	strcpy(place, "/tmp/libspawn-root-XXXXXX");
	assert_non_null(mkdtemp(place));
	chmod(place, 0755);
	snprintf(jail, sizeof jail, "%s/jail", place);
	snprintf(outside, sizeof outside, "%s/outside", place);
	mkdir(jail, 0755);
	mkdir(outside, 0755);
	snprintf(outside_found, sizeof outside_found, "%s/found", outside);
	assert_int_equal(copy_program(support_probe, outside_found), 0);
	snprintf(jailed, sizeof jailed, "%s/jailed", jail);
	snprintf(inner, sizeof inner, "%s/inner", jail);
	assert_int_equal(copy_program(support_probe, jailed), 0);
	mkdir(inner, 0755);
	return support_setup(state);
}

static int remove_jail(void **state)
{
	unlink(jailed);
	rmdir(inner);
	rmdir(jail);
	unlink(outside_found);
	rmdir(outside);
	rmdir(place);
	return support_teardown(state);
}

static void the_root_directory_is_changed(void **state)
{
	struct libspawn_options options = { OPTIONS, .root = jail };
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_CHROOT);
	need_root();
	seen = run_program(&options, "/jailed", argv_print, 1);
	if (seen->status)
		skip_with_reason("the probe is not linked statically");
	assert_seen_id(seen, "root.id", jail);
	assert_seen_id(seen, "cwd.id", jail);
	assert_seen(seen, "cwd", "/");
}

static void the_working_directory_is_in_the_new_root(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.root = jail,
		.cwd = "/inner",
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_CHROOT);
	need_root();
	seen = run_program(&options, "../jailed", argv_print, 1);
	assert_seen_id(seen, "root.id", jail);
	assert_seen_id(seen, "cwd.id", inner);
	options.cwd = "/tmp";
	expect_probe_failure(&options, ENOENT, LIBSPAWN_STEP_CWD, -1);
}

/* Each would be outside, were the caller's directory still current. */
static void no_relative_directory_leads_out_of_the_root(void **state)
{
	static const char *const ways[] = { ".",	   "..",
					    "../..",	   "inner/../..",
					    "./../tmp/..", "//..",
					    "/..",	   "/../../." };
	struct libspawn_options options = { OPTIONS, .root = jail };
	struct seen *seen;
	size_t n;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_CHROOT);
	need_root();
	for (n = 0; n < 2 * sizeof ways / sizeof ways[0]; n++) {
		options.flags = n % 2 ? LIBSPAWN_CWD_BEFORE_IDS : 0;
		options.cwd = ways[n / 2];
		if (strcmp(options.cwd, "./../tmp/..") == 0) {
			expect_probe_failure(&options, ENOENT,
					     LIBSPAWN_STEP_CWD, -1);
			continue;
		}
		seen = run_program(&options, "/jailed", argv_print, 1);
		if (seen->status)
			skip_with_reason("the probe is not linked statically");
		assert_seen_id(seen, "root.id", jail);
		assert_seen_id(seen, "cwd.id", jail);
	}
	options.cwd = "inner";
	seen = run_program(&options, "/jailed", argv_print, 1);
	assert_seen_id(seen, "cwd.id", inner);
}

/* What is open outside leads out: fchdir(2) asks no root. */
static void no_open_directory_leads_out_of_the_root(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.root = jail,
		.flags = LIBSPAWN_CWD_FD,
		.cwd_fd = STDIN_FILENO,
	};

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_CWD, -1);
	options.flags |= LIBSPAWN_CWD_BEFORE_IDS;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_CWD, -1);
}

static const char list[] = ".:..:../outside::/../outside";

/* There it is found, by each of these names and on the list. */
static void expect_found(const char *program)
{
	struct libspawn_options options = { OPTIONS };

	if (!strchr(program, '/')) {
		options.search = LIBSPAWN_SEARCH_LIST;
		options.search_list = list;
	}
	assert_int_equal(run_program(&options, program, argv_print, 1)->status,
			 0);
}

static void expect_absent(const char *program)
{
	struct libspawn_options options = { OPTIONS, .root = jail };
	int is_path = strchr(program, '/') != NULL;

	expect_failure(&options, program, argv_print, ENOENT,
		       LIBSPAWN_STEP_EXEC, -1);
	options.search = LIBSPAWN_SEARCH_LIST;
	options.search_list = list;
	expect_failure(&options, program, argv_print, ENOENT,
		       LIBSPAWN_STEP_EXEC, is_path ? -1 : 4);
}

/* The caller's directory is left, where all these names would be found. */
static void no_program_is_found_outside_of_the_root(void **state)
{
	static const char *const ways[] = { "found", "./found",
					    "../outside/found", outside_found };
	struct libspawn_options options = { OPTIONS, .root = jail };
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t n;

	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		expect_decline(&options, LIBSPAWN_STEP_CHROOT);
	else if (support_is_root())
		for (n = 0; n < sizeof ways / sizeof ways[0]; n++) {
			assert_int_equal(chdir(outside), 0);
			expect_found(ways[n]);
			expect_absent(ways[n]);
			assert_int_equal(fchdir(here), 0);
		}
	close(here);
	need_root();
}

static void a_directory_of_the_callers_alone_may_be_the_cwd(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS,
		.uid = 65534,
		.gid = 65534,
		.cwd = inner,
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_GROUPS);
	need_root();
	chmod(inner, 0700);
	expect_probe_failure(&options, EACCES, LIBSPAWN_STEP_CWD, -1);
	options.flags |= LIBSPAWN_CWD_BEFORE_IDS;
	seen = run_probe(&options, "ids dirs");
	assert_seen(seen, "cwd", inner);
	assert_seen(seen, "uid", "65534,65534,65534");
}

static void a_root_that_is_no_directory_is_refused(void **state)
{
	struct libspawn_options options = { OPTIONS, .root = "/nonexistent" };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_CHROOT);
	expect_probe_failure(&options, ENOENT, LIBSPAWN_STEP_CHROOT, -1);
	options.root = jailed;
	expect_probe_failure(&options, ENOTDIR, LIBSPAWN_STEP_CHROOT, -1);
}

/* ---- umask ------------------------------------------------------------- */

static void the_umask_is_inherited(void **state)
{
	mode_t old = umask(0135);

	(void)state;
	assert_seen(run_probe(NULL, "umask"), "umask", "135");
	umask(old);
}

static void the_umask_is_set_also_to_zero(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_UMASK,
		.umask = 0027,
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_UMASK);
	assert_seen(run_probe(&options, "umask"), "umask", "027");
	options.umask = 0;
	assert_seen(run_probe(&options, "umask"), "umask", "000");
	options.umask = 0777;
	assert_seen(run_probe(&options, "umask"), "umask", "777");
}

static void a_umask_without_a_meaning_is_refused(void **state)
{
	struct libspawn_options options = { OPTIONS, .umask = 022 };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_UMASK, -1);
	options.flags = LIBSPAWN_UMASK;
	options.umask = 01000;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_UMASK, -1);
}

#define JAIL_TEST(function)                                                    \
	cmocka_unit_test_setup_teardown(function, make_jail, remove_jail)

static const struct CMUnitTest tests[] = {
	TEST(the_working_directory_is_inherited),
	TEST(the_working_directory_is_changed_by_path),
	TEST(the_working_directory_is_changed_by_descriptor),
	TEST(a_directory_descriptor_may_be_overwritten_by_the_table),
	TEST(directories_that_are_none_are_refused),
	TEST(a_directory_by_path_and_descriptor_is_refused),
	JAIL_TEST(the_root_directory_is_changed),
	JAIL_TEST(the_working_directory_is_in_the_new_root),
	JAIL_TEST(no_relative_directory_leads_out_of_the_root),
	JAIL_TEST(no_open_directory_leads_out_of_the_root),
	JAIL_TEST(no_program_is_found_outside_of_the_root),
	JAIL_TEST(a_directory_of_the_callers_alone_may_be_the_cwd),
	JAIL_TEST(a_root_that_is_no_directory_is_refused),
	TEST(the_umask_is_inherited),
	TEST(the_umask_is_set_also_to_zero),
	TEST(a_umask_without_a_meaning_is_refused),
};

TEST_MAIN(tests)
