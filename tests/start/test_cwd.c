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

static void assert_seen_id(const struct seen *seen, const char *key,
			   const char *path)
{
	struct stat st;
	char id[64];

	assert_int_equal(stat(path, &st), 0);
	snprintf(id, sizeof id, "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	assert_seen(seen, key, id);
}

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

static char jail[64], jailed[96], inner[96];

static int make_jail(void **state)
{
	strcpy(jail, "/tmp/libspawn-root-XXXXXX");
	assert_non_null(mkdtemp(jail));
	chmod(jail, 0755);
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
	JAIL_TEST(a_root_that_is_no_directory_is_refused),
	TEST(the_umask_is_inherited),
	TEST(the_umask_is_set_also_to_zero),
	TEST(a_umask_without_a_meaning_is_refused),
};

TEST_MAIN(tests)
