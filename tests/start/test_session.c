/* SPDX-License-Identifier: MIT */
/* Sessions and process groups. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "support.h"

/* The step of a failure that posix_spawn() can't tell apart. */
static int step_here(int step)
{
	return support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN
		       ? LIBSPAWN_STEP_POSIX_SPAWN
		       : step;
}

static void session_and_group_are_inherited(void **state)
{
	struct seen *seen = run_probe(NULL, "process");

	(void)state;
	assert_int_equal(seen_number(seen, "pid"), seen->process.pid);
	assert_int_equal(seen_number(seen, "ppid"), getpid());
	assert_int_equal(seen_number(seen, "pgid"), getpgid(0));
	assert_int_equal(seen_number(seen, "sid"), getsid(0));
}

static void a_new_session_is_the_childs_own(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_NEW_SESSION,
	};
	struct seen *seen = run_probe(&options, "process");

	(void)state;
	assert_int_equal(seen_number(seen, "sid"), seen->process.pid);
	assert_int_equal(seen_number(seen, "pgid"), seen->process.pid);
}

static void a_new_group_is_the_childs_own(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_PROCESS_GROUP,
	};
	struct seen *seen = run_probe(&options, "process");

	(void)state;
	assert_int_equal(seen_number(seen, "pgid"), seen->process.pid);
	assert_int_equal(seen_number(seen, "sid"), getsid(0));
}

static void a_second_child_joins_the_group_of_the_first(void **state)
{
	int32_t writing = -1;
	struct libspawn_fd row = {
		.kind = LIBSPAWN_FD_PIPE_READ,
		.parent_end = &writing,
	};
	struct libspawn_options first = {
		OPTIONS,
		.flags = LIBSPAWN_PROCESS_GROUP,
		.fds = &row,
		.fd_count = 1,
	};
	struct seen *leader = start_probe(&first, "process then read 0");
	struct libspawn_options second = {
		OPTIONS,
		.flags = LIBSPAWN_PROCESS_GROUP,
		.process_group = leader->process.pid,
	};
	struct seen *seen = run_probe(&second, "process");

	(void)state;
	close(writing);
	collect(leader);
	assert_int_equal(seen_number(leader, "pgid"), leader->process.pid);
	assert_int_equal(seen_number(seen, "pgid"), leader->process.pid);
}

static void a_group_that_does_not_exist_is_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_PROCESS_GROUP,
		.process_group = INT32_MAX,
	};

	(void)state;
	expect_probe_failure(&options, EPERM,
			     step_here(LIBSPAWN_STEP_PROCESS_GROUP), -1);
}

static void groups_without_a_meaning_are_refused(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_PROCESS_GROUP | LIBSPAWN_NEW_SESSION,
	};

	(void)state;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_PROCESS_GROUP, -1);
	options.flags = LIBSPAWN_PROCESS_GROUP;
	options.process_group = -1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_PROCESS_GROUP, -1);
	options.flags = 0;
	options.process_group = 1;
	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_PROCESS_GROUP, -1);
}

static const struct CMUnitTest tests[] = {
	TEST(session_and_group_are_inherited),
	TEST(a_new_session_is_the_childs_own),
	TEST(a_new_group_is_the_childs_own),
	TEST(a_second_child_joins_the_group_of_the_first),
	TEST(a_group_that_does_not_exist_is_refused),
	TEST(groups_without_a_meaning_are_refused),
};

TEST_MAIN(tests)
