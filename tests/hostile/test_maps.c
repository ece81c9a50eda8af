/* SPDX-License-Identifier: MIT */
/*
 * Maps of ids that somebody else than the child writes, while that one is held:
 * a caller with the right to, and helpers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apart.h"

enum { USER = 54321 };

static void try_maps(void (*body)(void))
{
	struct libspawn_options options = plain_options();

	options.new_namespaces = CLONE_NEWUSER;
	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		expect_decline(&options, LIBSPAWN_STEP_NEW_NAMESPACES);
	else
		run_apart(body);
}

static void need_user_namespaces(void)
{
	struct libspawn_options options = plain_options();

	options.new_namespaces = CLONE_NEWUSER;
	need_start(&options, LIBSPAWN_STEP_NEW_NAMESPACES,
		   "no user namespaces here");
}

/* ---- Helpers ----------------------------------------------------------- */

/* This program by the name of a helper never comes to an end. */
__attribute__((constructor)) static void be_a_helper_that_hangs(void)
{
	if (strcmp(program_invocation_short_name, "newuidmap") != 0)
		return;
	alarm(20);
	for (;;)
		pause();
}

/* In a directory that is the PATH. */
static void put_helper(char *place, char *link, size_t size)
{
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

	if (length < 0)
		skip_apart("no /proc");
	self[length] = '\0';
	assert_non_null(mkdtemp(place));
	snprintf(link, size, "%s/newuidmap", place);
	assert_int_equal(symlink(self, link), 0);
	assert_int_equal(setenv("PATH", place, 1), 0);
}

static void a_helper_that_hangs_body(void)
{
	const struct libspawn_id_map line = { .kinds = LIBSPAWN_ID_UID,
					      .outside = getuid(),
					      .count = 1 };
	struct libspawn_options options = plain_options();
	char place[] = "/tmp/libspawn-maps-XXXXXX";
	char link[sizeof place + 16];

	need_user_namespaces();
	options.new_namespaces = CLONE_NEWUSER;
	put_helper(place, link, sizeof link);
	options.flags = LIBSPAWN_ID_HELPERS;
	options.id_maps = &line;
	options.id_map_count = 1;
	options.start_timeout_ms = 100;
	expect_probe_failure(&options, ETIMEDOUT, LIBSPAWN_STEP_UID_MAP, -1);
	check_surroundings();
	unlink(link);
	rmdir(place);
}

static void a_helper_that_hangs_ends_at_the_deadline(void **state)
{
	(void)state;
	try_maps(a_helper_that_hangs_body);
}

/* ---- The caller -------------------------------------------------------- */

/* Another user than root, whose files in /proc are not its own for a moment. */
static void keep_the_right_to_map(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { { 0 }, { 0 } };

	data[0].permitted = 1U << CAP_SETUID | 1U << CAP_SETGID;
	data[0].effective = data[0].permitted;
	assert_int_equal(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), 0);
	assert_int_equal(setresgid(USER, USER, USER), 0);
	assert_int_equal(setresuid(USER, USER, USER), 0);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
}

/* Each leaves the memory undumpable for a moment; it is dumpable between. */
static void *change_groups(void *stop)
{
	struct libspawn_options options = plain_options();

	options.flags = LIBSPAWN_GID;
	options.gid = USER + 1;
	while (!__atomic_load_n((int *)stop, __ATOMIC_ACQUIRE)) {
		start_and_reap(&options);
		usleep(3000);
	}
	return NULL;
}

static void starts_that_change_ids_body(void)
{
	const struct libspawn_id_map lines = { .kinds = LIBSPAWN_ID_UID,
					       .outside = USER,
					       .count = 2 };
	struct libspawn_options options = plain_options();
	int stop = 0;
	pthread_t thread;

	keep_the_right_to_map();
	need_user_namespaces();
	options.new_namespaces = CLONE_NEWUSER;
	options.id_maps = &lines;
	options.id_map_count = 1;
	need_start(&options, LIBSPAWN_STEP_UID_MAP,
		   "no maps are written by others here");
	thread = start_thread(change_groups, &stop);
	for (int n = 0; n < 100; n++)
		start_among_undumpable(&options);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	join_thread(thread);
}

static void starts_that_change_ids_are_no_obstacle(void **state)
{
	(void)state;
	need_root();
	try_maps(starts_that_change_ids_body);
}

static const struct CMUnitTest tests[] = {
	TEST(a_helper_that_hangs_ends_at_the_deadline),
	TEST(starts_that_change_ids_are_no_obstacle),
};

TEST_MAIN(tests)
