/* SPDX-License-Identifier: MIT */
/*
 * What the launchers of language runtimes have in their tables and shells have
 * not: descriptors that are kept, pairs of sockets, rows with fixed places.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "numbered.h"
#include "support.h"

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

static const struct CMUnitTest tests[] = {
	FDS_TEST(what_is_kept_has_its_number_and_the_rest_is_closed),
	FDS_TEST(what_is_kept_must_be_open),
	FDS_TEST(a_pair_of_sockets_has_an_end_in_each),
	FDS_TEST(a_row_that_is_passed_over_does_nothing),
	FDS_TEST(the_null_device_can_be_for_reading_only),
	FDS_TEST(what_no_limit_allows_is_closed_already),
};

TEST_MAIN(tests)
