/* SPDX-License-Identifier: MIT */
/*
 * The descriptor table: every kind, moves that overlap, and what becomes of
 * the descriptors that nobody named.
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
#include "numbered.h"
#include "support.h"

/* The descriptors 0 to 2 of the caller as the probe would list them. */
static const char *standard_fds(void)
{
	static char text[16];

	snprintf(text, sizeof text, "%s1%s", fcntl(0, F_GETFD) < 0 ? "" : "0,",
		 fcntl(2, F_GETFD) < 0 ? "" : ",2");
	return text;
}

static void expect_bad_row(struct libspawn_fd row)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_NULL },
		row,
	};
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = 2,
	};

	expect_invalid(&options, EINVAL, LIBSPAWN_STEP_FD, 1);
}

static void descriptors_not_named_are_closed(void **state)
{
	int open_on_exec = fcntl(files[0], F_DUPFD, 40);
	struct seen *seen = run_probe(NULL, "fds");

	(void)state;
	close(open_on_exec);
	assert_seen(seen, "fds", standard_fds());
}

static void descriptors_not_named_are_inherited_on_request(void **state)
{
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_INHERIT_FDS,
	};
	int open_on_exec = fcntl(files[0], F_DUPFD, 40);
	struct seen *seen = run_probe(&options, "fds");

	(void)state;
	assert_is_file(seen, open_on_exec, files[0]);
	assert_false(fd_is_seen(seen, files[0]));
	close(open_on_exec);
}

static void a_copy_of_a_descriptor_arrives(void **state)
{
	struct libspawn_fd rows[] = { FROM(5, files[0]), FROM(0, files[1]) };
	struct seen *seen = RUN_TABLE(rows);

	(void)state;
	assert_is_file(seen, 5, files[0]);
	assert_is_file(seen, 0, files[1]);
}

static void swapping_two_descriptors_works(void **state)
{
	struct libspawn_fd rows[] = {
		FROM(files[0], files[1]),
		FROM(files[1], files[0]),
	};
	struct seen *seen = RUN_TABLE(rows);

	(void)state;
	assert_is_file(seen, files[0], files[1]);
	assert_is_file(seen, files[1], files[0]);
	assert_int_equal(seen_number(seen, "fd_count"),
			 2 + 1 + (fcntl(0, F_GETFD) >= 0) +
				 (fcntl(1, F_GETFD) >= 0) +
				 (fcntl(2, F_GETFD) >= 0));
}

static void swapping_output_and_errors_works(void **state)
{
	struct libspawn_fd rows[] = { FROM(1, 2), FROM(2, files[0]) };
	struct seen *seen = RUN_TABLE(rows);

	(void)state;
	assert_is_file(seen, 1, 2);
	assert_is_file(seen, 2, files[0]);
}

static void cycles_of_every_length_work(void **state)
{
	(void)state;
	for (int length = 1; length <= FILES; length++) {
		struct libspawn_fd rows[FILES];
		struct seen *seen;

		for (int i = 0; i < length; i++)
			rows[i] = (struct libspawn_fd)FROM(
				files[i], files[(i + 1) % length]);
		seen = run_table(rows, (uint32_t)length);
		for (int i = 0; i < length; i++)
			assert_is_file(seen, files[i], files[(i + 1) % length]);
	}
}

static void two_cycles_and_a_chain_work_together(void **state)
{
	static const int source[FILES] = { 1, 0, 3, 4, 2, 6, 7, 7 };
	struct libspawn_fd rows[FILES];
	struct seen *seen;

	(void)state;
	for (int i = 0; i < FILES; i++)
		rows[i] = (struct libspawn_fd)FROM(files[i], files[source[i]]);
	seen = RUN_TABLE(rows);
	for (int i = 0; i < FILES; i++)
		assert_is_file(seen, files[i], files[source[i]]);
}

static void one_descriptor_fans_out_to_many(void **state)
{
	struct libspawn_fd rows[40];
	struct seen *seen;

	(void)state;
	/* These targets cover whatever numbers the library uses itself. */
	for (int i = 0; i < 40; i++)
		rows[i] = (struct libspawn_fd)FROM(3 + i, files[0]);
	seen = RUN_TABLE(rows);
	for (int i = 0; i < 40; i++)
		assert_is_file(seen, 3 + i, files[0]);
}

static void a_descriptor_mapped_to_its_own_number_is_inherited(void **state)
{
	struct libspawn_fd rows[] = { FROM(files[0], files[0]) };
	struct seen *seen = RUN_TABLE(rows);

	(void)state;
	assert_is_file(seen, files[0], files[0]);
	assert_int_equal(fcntl(files[0], F_GETFD), FD_CLOEXEC);
}

static void a_row_can_be_the_same_as_another(void **state)
{
	int32_t reading = -1;
	struct libspawn_fd rows[] = {
		{ .child_fd = 2, .kind = LIBSPAWN_FD_SAME, .entry = 1 },
		{ .child_fd = 1,
		  .kind = LIBSPAWN_FD_PIPE_WRITE,
		  .parent_end = &reading },
		{ .child_fd = 9, .kind = LIBSPAWN_FD_SAME, .entry = 1 },
	};
	struct seen *seen = RUN_TABLE(rows);

	(void)state;
	assert_is_file(seen, 1, reading);
	assert_is_file(seen, 2, reading);
	assert_is_file(seen, 9, reading);
	close(reading);
}

static void a_row_can_be_the_same_as_each_kind(void **state)
{
	int32_t ends[3] = { -1, -1, -1 };
	struct libspawn_fd rows[] = {
		FROM(10, files[0]),
		{ .child_fd = 11, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 12, .kind = LIBSPAWN_FD_OPEN, .path = "/" },
		{ .child_fd = 13,
		  .kind = LIBSPAWN_FD_PIPE_READ,
		  .parent_end = &ends[0] },
		{ .child_fd = 14,
		  .kind = LIBSPAWN_FD_PTY,
		  .parent_end = &ends[1] },
		{ .child_fd = 14 + 1, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
		{ .child_fd = 14 + 2, .kind = LIBSPAWN_FD_SAME, .entry = 1 },
		{ .child_fd = 14 + 3, .kind = LIBSPAWN_FD_SAME, .entry = 2 },
		{ .child_fd = 14 + 4, .kind = LIBSPAWN_FD_SAME, .entry = 3 },
		{ .child_fd = 14 + 5, .kind = LIBSPAWN_FD_SAME, .entry = 4 },
	};
	struct seen *seen = RUN_TABLE(rows);

	(void)state;
	for (int i = 0; i < 5; i++) {
		char key[2][32];

		snprintf(key[0], sizeof key[0], "fd.%d.id", 10 + i);
		snprintf(key[1], sizeof key[1], "fd.%d.id", 15 + i);
		assert_seen(seen, key[1], seen_text(seen, key[0]));
	}
	close(ends[0]);
	close(ends[1]);
}

static void a_row_that_is_the_same_shares_the_file_offset(void **state)
{
	char path[] = "/tmp/libspawn-fds-XXXXXX";
	int fd = mkstemp(path);
	struct libspawn_fd rows[] = {
		{ .child_fd = 5,
		  .kind = LIBSPAWN_FD_OPEN,
		  .open_flags = O_WRONLY,
		  .path = path },
		{ .child_fd = 6, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
	};
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = 2,
	};
	char text[16] = "";

	(void)state;
	run_probe(&options, "umask then write 5 ab write 6 cd");
	assert_int_equal(read(fd, text, sizeof text - 1), 4);
	assert_string_equal(text, "abcd");
	close(fd);
	unlink(path);
}

static void a_file_is_opened_and_created(void **state)
{
	char path[] = "/tmp/libspawn-fds-XXXXXX";
	struct libspawn_fd rows[] = {
		{ .child_fd = 5,
		  .kind = LIBSPAWN_FD_OPEN,
		  .open_flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND,
		  .open_mode = 0640,
		  .path = path },
	};
	struct stat st;
	struct seen *seen;

	(void)state;
	close(mkstemp(path));
	unlink(path);
	seen = RUN_TABLE(rows);
	assert_true(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640);
	assert_is(seen, 5, &st);
	assert_true(strtol(seen_text(seen, "fd.5.flags"), NULL, 16) & O_APPEND);
	unlink(path);
}

static void a_file_to_open_is_relative_to_the_callers_directory(void **state)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 5, .kind = LIBSPAWN_FD_OPEN, .path = "." },
	};
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = 1,
		.cwd = "/",
	};
	struct stat here, root;

	(void)state;
	assert_true(stat(".", &here) == 0 && stat("/", &root) == 0);
	assert_true(here.st_ino != root.st_ino || here.st_dev != root.st_dev);
	assert_is(run_probe(&options, "fds"), 5, &here);
}

static void a_file_that_is_missing_is_an_error_with_its_row(void **state)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 4, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 5,
		  .kind = LIBSPAWN_FD_OPEN,
		  .path = "/nonexistent/file" },
	};
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = 2,
	};

	(void)state;
	expect_child_failure(&options, ENOENT, LIBSPAWN_STEP_FD, 1);
}

static void the_null_device_can_be_read_and_written(void **state)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_NULL },
		{ .child_fd = 7, .kind = LIBSPAWN_FD_NULL },
	};
	struct seen *seen = RUN_TABLE(rows);

	(void)state;
	assert_seen(seen, "fd.0", "/dev/null");
	assert_seen(seen, "fd.7", "/dev/null");
	assert_int_equal(strtol(seen_text(seen, "fd.7.flags"), NULL, 16) &
				 O_ACCMODE,
			 O_RDWR);
}

static void a_descriptor_is_closed(void **state)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = 0, .kind = LIBSPAWN_FD_CLOSE },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_CLOSE },
		{ .child_fd = 40, .kind = LIBSPAWN_FD_CLOSE },
		{ .child_fd = 41, .kind = LIBSPAWN_FD_CLOSE },
	};
	struct libspawn_options options = {
		OPTIONS,
		.flags = LIBSPAWN_INHERIT_FDS,
		.fds = rows,
		.fd_count = 4,
	};
	int open_on_exec = fcntl(files[0], F_DUPFD, 40);
	struct seen *seen = run_probe(&options, "fds");

	(void)state;
	close(open_on_exec);
	for (int i = 0; i < 4; i++)
		assert_false(fd_is_seen(seen, rows[i].child_fd));
}

static void a_closed_descriptor_can_still_be_copied(void **state)
{
	struct libspawn_fd rows[] = {
		{ .child_fd = files[0], .kind = LIBSPAWN_FD_CLOSE },
		FROM(5, files[0]),
	};
	struct seen *seen = RUN_TABLE(rows);

	(void)state;
	assert_false(fd_is_seen(seen, files[0]));
	assert_is_file(seen, 5, files[0]);
}

static void assert_parent_end(int fd)
{
	assert_true(fd > 2);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void a_pipe_can_be_written_to_the_child(void **state)
{
	int32_t writing = -1;
	struct libspawn_fd rows[] = {
		{ .child_fd = 0,
		  .kind = LIBSPAWN_FD_PIPE_READ,
		  .parent_end = &writing },
	};
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = 1,
	};
	struct seen *seen = start_probe(&options, "fds then read 0");

	(void)state;
	assert_parent_end(writing);
	assert_int_equal(write(writing, "over to you", 11), 11);
	close(writing);
	collect(seen);
	assert_seen(seen, "read.0", "over to you");
	assert_false(fd_is_seen(seen, writing));
}

static void a_pipe_can_be_read_from_the_child(void **state)
{
	int32_t reading = -1;
	struct libspawn_fd rows[] = {
		{ .child_fd = 5,
		  .kind = LIBSPAWN_FD_PIPE_WRITE,
		  .parent_end = &reading },
	};
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = 1,
	};
	char text[16] = "";

	(void)state;
	run_probe(&options, "umask then write 5 hello");
	assert_parent_end(reading);
	assert_int_equal(read(reading, text, sizeof text), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(read(reading, text, sizeof text), 0);
	close(reading);
}

static void a_pseudo_terminal_connects_both_sides(void **state)
{
	int32_t master = -1;
	struct libspawn_fd rows[] = {
		{ .child_fd = 0,
		  .kind = LIBSPAWN_FD_PTY,
		  .parent_end = &master },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
	};
	struct seen *seen = RUN_TABLE(rows);
	char name[64];

	(void)state;
	assert_parent_end(master);
	snprintf(name, sizeof name, "%s", ptsname(master));
	assert_seen(seen, "fd.0", name);
	assert_seen(seen, "fd.2", name);
	assert_seen(seen, "fd.0.tty", "1");
	close(master);
}

static void parent_ends_are_not_written_on_failure(void **state)
{
	int32_t ends[3] = { 1234, 1234, 1234 };
	struct libspawn_fd rows[] = {
		{ .child_fd = 5,
		  .kind = LIBSPAWN_FD_PIPE_READ,
		  .parent_end = &ends[0] },
		{ .child_fd = 6,
		  .kind = LIBSPAWN_FD_PIPE_WRITE,
		  .parent_end = &ends[1] },
		{ .child_fd = 7,
		  .kind = LIBSPAWN_FD_PTY,
		  .parent_end = &ends[2] },
	};
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = 3,
	};
	char *argv[] = { (char *)(uintptr_t) "none", NULL };

	(void)state;
	expect_failure(&options, "/nonexistent", argv, ENOENT,
		       support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN
			       ? LIBSPAWN_STEP_POSIX_SPAWN
			       : LIBSPAWN_STEP_EXEC,
		       -1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ends[i], 1234);
}

static void a_row_from_a_closed_descriptor_is_refused(void **state)
{
	struct libspawn_fd rows[] = { FROM(5, files[0]), FROM(6, 900) };
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = 2,
	};

	(void)state;
	expect_child_failure(&options, EBADF, LIBSPAWN_STEP_FD, 1);
}

/* The number that is free is the one a cycle would be put aside on. */
static void a_cycle_through_a_closed_descriptor_is_refused(void **state)
{
	int closed = dup(0);
	struct libspawn_fd rows[] = {
		FROM(files[0], closed),
		FROM(closed, files[1]),
		FROM(files[1], files[0]),
	};
	struct libspawn_options options = {
		OPTIONS,
		.fds = rows,
		.fd_count = 3,
	};

	(void)state;
	close(closed);
	expect_probe_failure(&options, EBADF, LIBSPAWN_STEP_FD, 0);
	expect_probe_failure(&options, EBADF, LIBSPAWN_STEP_FD, 0);
}

static void a_hundred_descriptors_can_be_rotated(void **state)
{
	struct libspawn_fd rows[100];
	int fds[100];
	struct seen *seen;

	(void)state;
	for (int i = 0; i < 100; i++) {
		int fd = new_file();

		fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
		close(fd);
	}
	for (int i = 0; i < 100; i++)
		rows[i] = (struct libspawn_fd)FROM(fds[i], fds[(i + 7) % 100]);
	seen = RUN_TABLE(rows);
	for (int i = 0; i < 100; i++)
		assert_is_file(seen, fds[i], fds[(i + 7) % 100]);
	for (int i = 0; i < 100; i++)
		close(fds[i]);
}

static void rows_without_a_meaning_are_refused(void **state)
{
	(void)state;
	expect_bad_row((struct libspawn_fd){ .child_fd = 5 });
	expect_bad_row((struct libspawn_fd){ .child_fd = 5, .kind = 9 });
	expect_bad_row((struct libspawn_fd)FROM(-1, files[0]));
	/* The same child_fd as row 0. */
	expect_bad_row((struct libspawn_fd)FROM(0, files[0]));
	/* The same as itself, as nothing, beyond the table, as a SAME. */
	expect_bad_row((struct libspawn_fd){
		.child_fd = 5, .kind = LIBSPAWN_FD_SAME, .entry = 1 });
	expect_bad_row((struct libspawn_fd){
		.child_fd = 5, .kind = LIBSPAWN_FD_SAME, .entry = 2 });
	/* Fields missing. */
	expect_bad_row((struct libspawn_fd){ .child_fd = 5,
					     .kind = LIBSPAWN_FD_OPEN });
	expect_bad_row((struct libspawn_fd){ .child_fd = 5,
					     .kind = LIBSPAWN_FD_PIPE_READ });
	expect_bad_row(
		(struct libspawn_fd){ .child_fd = 5, .kind = LIBSPAWN_FD_PTY });
	expect_bad_row((struct libspawn_fd){ .child_fd = 5,
					     .kind = LIBSPAWN_FD_OPEN,
					     .open_flags = O_CLOEXEC,
					     .path = "/" });
}

static void rows_with_what_their_kind_does_not_use_are_refused(void **state)
{
	int32_t end = -1;

	(void)state;
	expect_bad_row((struct libspawn_fd){
		.child_fd = 5, .kind = LIBSPAWN_FD_NULL, .parent_fd = 1 });
	expect_bad_row((struct libspawn_fd){
		.child_fd = 5, .kind = LIBSPAWN_FD_NULL, .entry = 1 });
	expect_bad_row((struct libspawn_fd){
		.child_fd = 5, .kind = LIBSPAWN_FD_NULL, .open_flags = 1 });
	expect_bad_row((struct libspawn_fd){
		.child_fd = 5, .kind = LIBSPAWN_FD_CLOSE, .open_mode = 1 });
	expect_bad_row((struct libspawn_fd){
		.child_fd = 5, .kind = LIBSPAWN_FD_CLOSE, .path = "/" });
	expect_bad_row((struct libspawn_fd){
		.child_fd = 5, .kind = LIBSPAWN_FD_CLOSE, .parent_end = &end });
	for (int i = 0; i < 2; i++) {
		struct libspawn_fd row = FROM(5, files[0]);

		row.spare[i] = 1;
		expect_bad_row(row);
	}
}

static void a_row_the_same_as_a_close_or_a_same_is_refused(void **state)
{
	for (uint32_t kind = LIBSPAWN_FD_SAME; kind <= LIBSPAWN_FD_CLOSE;
	     kind += LIBSPAWN_FD_CLOSE - LIBSPAWN_FD_SAME) {
		struct libspawn_fd rows[] = {
			{ .child_fd = 5, .kind = LIBSPAWN_FD_SAME, .entry = 1 },
			{ .child_fd = 6,
			  .kind = kind,
			  .entry = kind == LIBSPAWN_FD_SAME ? 2 : 0 },
			{ .child_fd = 7, .kind = LIBSPAWN_FD_NULL },
		};
		struct libspawn_options options = {
			OPTIONS,
			.fds = rows,
			.fd_count = 3,
		};

		(void)state;
		expect_invalid(&options, EINVAL, LIBSPAWN_STEP_FD, 0);
	}
}

static const struct CMUnitTest tests[] = {
	FDS_TEST(descriptors_not_named_are_closed),
	FDS_TEST(descriptors_not_named_are_inherited_on_request),
	FDS_TEST(a_copy_of_a_descriptor_arrives),
	FDS_TEST(swapping_two_descriptors_works),
	FDS_TEST(swapping_output_and_errors_works),
	FDS_TEST(cycles_of_every_length_work),
	FDS_TEST(two_cycles_and_a_chain_work_together),
	FDS_TEST(one_descriptor_fans_out_to_many),
	FDS_TEST(a_descriptor_mapped_to_its_own_number_is_inherited),
	FDS_TEST(a_row_can_be_the_same_as_another),
	FDS_TEST(a_row_can_be_the_same_as_each_kind),
	FDS_TEST(a_row_that_is_the_same_shares_the_file_offset),
	FDS_TEST(a_file_is_opened_and_created),
	FDS_TEST(a_file_to_open_is_relative_to_the_callers_directory),
	FDS_TEST(a_file_that_is_missing_is_an_error_with_its_row),
	FDS_TEST(the_null_device_can_be_read_and_written),
	FDS_TEST(a_descriptor_is_closed),
	FDS_TEST(a_closed_descriptor_can_still_be_copied),
	FDS_TEST(a_pipe_can_be_written_to_the_child),
	FDS_TEST(a_pipe_can_be_read_from_the_child),
	FDS_TEST(a_pseudo_terminal_connects_both_sides),
	FDS_TEST(parent_ends_are_not_written_on_failure),
	FDS_TEST(a_row_from_a_closed_descriptor_is_refused),
	FDS_TEST(a_cycle_through_a_closed_descriptor_is_refused),
	FDS_TEST(a_hundred_descriptors_can_be_rotated),
	FDS_TEST(rows_without_a_meaning_are_refused),
	FDS_TEST(rows_with_what_their_kind_does_not_use_are_refused),
	FDS_TEST(a_row_the_same_as_a_close_or_a_same_is_refused),
};

TEST_MAIN(tests)
