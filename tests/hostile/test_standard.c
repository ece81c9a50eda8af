/* SPDX-License-Identifier: MIT */
/*
 * Descriptors 0 to 2 closed in the caller: what the library opens for itself
 * must not land there, nor be found there by the child.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apart.h"

#define OUT 9

static int null_fd;

static void open_null(void)
{
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(null_fd > 2);
}

static void close_subset(int subset)
{
	for (int fd = 0; fd < 3; fd++) {
		if (subset >> fd & 1)
			close(fd);
		else if (fcntl(fd, F_GETFD) < 0)
			assert_int_equal(dup2(null_fd, fd), fd);
	}
}

/* What the probe should print for this subset, and OUT. */
static void expect_open(char *text, int subset)
{
	for (int fd = 0; fd < 3; fd++)
		if (!(subset >> fd & 1))
			text += sprintf(text, "%d,", fd);
	sprintf(text, "%d", OUT);
}

static void start_with_closed(int subset)
{
	char expected[16];
	struct libspawn_options options = plain_options();
	struct seen *seen;

	close_subset(subset);
	mark_surroundings();
	expect_open(expected, subset);
	seen = run_probe_at(OUT, NULL, "fds");
	assert_seen(seen, "fds", expected);
	options.flags = LIBSPAWN_INHERIT_FDS;
	seen = run_probe_at(OUT, &options, "fds");
	assert_seen(seen, "fds", expected);
	options = plain_options();
	expect_failure(&options, "/", exit_argv, EACCES, LIBSPAWN_STEP_EXEC,
		       -1);
	check_surroundings();
}

static void start_with_closed_body(void)
{
	open_null();
	for (int subset = 0; subset < 8; subset++)
		start_with_closed(subset);
}

static void standard_descriptors_closed_in_the_caller_stay_closed(void **state)
{
	(void)state;
	run_apart(start_with_closed_body);
}

static void map_with_closed(int subset)
{
	int32_t ends[2] = { -1, -1 };
	struct libspawn_fd rows[] = {
		{ .child_fd = 0,
		  .kind = LIBSPAWN_FD_PIPE_READ,
		  .parent_end = &ends[0] },
		{ .child_fd = 1, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
	};
	struct libspawn_options options = { OPTIONS, .fds = rows,
					    .fd_count = 3 };
	struct seen *seen;

	close_subset(subset);
	mark_surroundings();
	seen = run_probe_at(OUT, &options, "fds");
	assert_seen(seen, "fds", "0,1,2,9");
	assert_seen(seen, "fd.1", "/dev/null");
	assert_string_equal(seen_text(seen, "fd.0"), seen_text(seen, "fd.2"));
	assert_true(ends[0] > 2);
	close(ends[0]);
	check_surroundings();
}

static void map_with_closed_body(void)
{
	open_null();
	for (int subset = 0; subset < 8; subset++)
		map_with_closed(subset);
}

static void closed_standard_descriptors_can_be_targets(void **state)
{
	(void)state;
	run_apart(map_with_closed_body);
}

/* posix_spawn() finds out in its child, and can't say where. */
static void expect_bad_row(const struct libspawn_options *from)
{
	struct libspawn_options options = *from;
	struct libspawn_error error = unset_error();
	struct libspawn_process process;

	options.backend = support_backend;
	assert_int_equal(libspawn_start(&process, support_probe, exit_argv,
					&options, &error),
			 EBADF);
	if (error.step == LIBSPAWN_STEP_POSIX_SPAWN) {
		assert_int_equal(support_backend, LIBSPAWN_BACKEND_POSIX_SPAWN);
		return;
	}
	assert_int_equal(error.step, LIBSPAWN_STEP_FD);
	assert_int_equal(error.index, 0);
}

/* A row that names what the library itself has open now must not find it. */
static void stray_row_body(void)
{
	open_null();
	close_subset(7);
	mark_surroundings();
	for (int fd = 0; fd < 8; fd++) {
		struct libspawn_fd row = { .child_fd = 20,
					   .kind = LIBSPAWN_FD_FROM,
					   .parent_fd = fd };
		struct libspawn_options options = { OPTIONS, .fds = &row,
						    .fd_count = 1 };

		if (fcntl(fd, F_GETFD) < 0)
			expect_bad_row(&options);
	}
}

static void a_row_cannot_name_an_internal_descriptor(void **state)
{
	(void)state;
	run_apart(stray_row_body);
}

/* The kernel gives the lowest number, and programs write to 1 and 2. */
static void low_pidfd_body(void)
{
	struct libspawn_options options = { OPTIONS, .backend = support_backend,
					    .flags = LIBSPAWN_PIDFD |
						     LIBSPAWN_ALLOW_FORK };
	struct libspawn_process process;
	struct libspawn_error error;

	close_subset(7);
	mark_surroundings();
	if (libspawn_query(support_backend, &options, &error) < 0) {
		assert_int_equal(error.step, LIBSPAWN_STEP_PIDFD);
		return;
	}
	assert_int_equal(libspawn_start(&process, support_probe, exit_argv,
					&options, NULL),
			 0);
	assert_true(process.pidfd > 2);
	assert_int_equal(waitpid(process.pid, NULL, 0), process.pid);
	close(process.pidfd);
}

static void a_pidfd_is_no_standard_descriptor(void **state)
{
	(void)state;
	run_apart(low_pidfd_body);
}

static const struct CMUnitTest tests[] = {
	TEST(standard_descriptors_closed_in_the_caller_stay_closed),
	TEST(closed_standard_descriptors_can_be_targets),
	TEST(a_row_cannot_name_an_internal_descriptor),
	TEST(a_pidfd_is_no_standard_descriptor),
};

TEST_MAIN(tests)
