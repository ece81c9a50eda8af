/* SPDX-License-Identifier: MIT */
/* Starting in a control group of version 2: cgroups(7). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apart.h"

#define LENGTH 512

/* A group made for this test, below the one that this process is in. */
static char group[LENGTH];
static char group_name[LENGTH];

static int find_mount(char *dir, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	int found = 0;

	while (mounts && !found && (entry = getmntent(mounts))) {
		found = strcmp(entry->mnt_type, "cgroup2") == 0;
		if (found)
			snprintf(dir, size, "%s", entry->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

static int make_group(void **state)
{
	char mount[LENGTH / 4];
	const char *own;

	/* getmntent() keeps a buffer for ever: have it before the count. */
	group[0] = '\0';
	if (!find_mount(mount, sizeof mount))
		return support_setup(state);
	own = seen_text(run_probe(NULL, "cgroup"), "cgroup");
	if (strcmp(own, "/") == 0)
		own = "";
	snprintf(group_name, sizeof group_name, "%.200s/libspawn-%d", own,
		 getpid());
	snprintf(group, sizeof group, "%.200s%.300s", mount, group_name);
	if (mkdir(group, 0755))
		group[0] = '\0';
	return support_setup(state);
}

static int remove_group(void **state)
{
	if (group[0])
		remove_empty_cgroup(group);
	return support_teardown(state);
}

static int open_group(void)
{
	return open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void the_child_starts_in_the_group(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_CGROUP_FD,
	};
	struct seen *seen;

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_CGROUP);
	if (!group[0])
		skip_with_reason("no cgroup v2 that can be written");
	options.cgroup_fd = open_group();
	seen = run_probe(&options, "cgroup");
	close(options.cgroup_fd);
	assert_seen(seen, "cgroup", group_name);
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		return;
	/* One of the two says how it came there. */
	assert_false(seen->process.fallbacks & LIBSPAWN_FALLBACK_CGROUP &&
		     !(seen->process.fallbacks & LIBSPAWN_FALLBACK_CLONE3));
}

static void a_failure_leaves_the_group_empty(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_CGROUP_FD,
		.cwd = "/nonexistent",
	};

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_CGROUP);
	if (!group[0])
		skip_with_reason("no cgroup v2 that can be written");
	options.cgroup_fd = open_group();
	expect_probe_failure(&options, ENOENT, LIBSPAWN_STEP_CWD, -1);
	close(options.cgroup_fd);
	/* A group with a process in it can't be removed. */
	assert_true(remove_empty_cgroup(group));
}

static void a_directory_that_is_no_group_is_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_CGROUP_FD,
	};
	struct libspawn_error error;
	char *argv[] = { (char *)(uintptr_t) "probe", NULL };

	(void)state;
	return_if_declined_by(POSIX_SPAWN_DECLINES, &options,
			      LIBSPAWN_STEP_CGROUP);
	options.cgroup_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	options.backend = support_backend;
	memset(&error, 0, sizeof error);
	assert_int_not_equal(libspawn_start(&(struct libspawn_process){ 0 },
					    support_probe, argv, &options,
					    &error),
			     0);
	close(options.cgroup_fd);
	assert_int_equal(error.step, LIBSPAWN_STEP_CGROUP);
	assert_true(error.code == EBADF || error.code == ENOENT);
	assert_int_equal(error.backend, support_backend);
}

static void a_group_without_its_flag_is_refused(void **state)
{
	struct libspawn_options options = { OPTIONS, .cgroup_fd = 1 };

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_CGROUP, -1);
}

#define GROUP_TEST(function)                                                   \
	cmocka_unit_test_setup_teardown(function, make_group, remove_group)

static const struct CMUnitTest tests[] = {
	GROUP_TEST(the_child_starts_in_the_group),
	GROUP_TEST(a_failure_leaves_the_group_empty),
	TEST(a_directory_that_is_no_group_is_refused),
	TEST(a_group_without_its_flag_is_refused),
};

TEST_MAIN(tests)
