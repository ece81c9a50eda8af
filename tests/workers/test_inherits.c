/* SPDX-License-Identifier: MIT */
/*
 * The descriptors that a worker inherits: those of the caller's table and those
 * that it keeps have the numbers that the caller says, whatever they are, and
 * the worker's own end of its channel has another.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "employ.h"

/* None of this process. */
enum { NOT_OPEN = 999 };

/* ---- What runs in workers ---------------------------------------------- */

/* What a table of the caller's has put there. */
static int say_file(struct libspawn_worker *self)
{
	char text[64];
	ssize_t length = read(9, text, sizeof text - 1);

	text[length > 0 ? length : 0] = '\0';
	return report(self, "9 %s; 3 %s", text,
		      fcntl(3, F_GETFD) >= 0 ? "open" : "closed");
}

/* Sends what is at number 3. */
static int send_third(struct libspawn_worker *self)
{
	struct stat status;
	struct libspawn_message message = { .bytes = &status,
					    .size = sizeof status };

	memset(&status, 0, sizeof status);
	return fstat(3, &status) < 0 ||
	       libspawn_worker_send(self, &message, PATIENCE_MS) != 0;
}

static const struct libspawn_function functions[] = {
	{ .name = "say file", .run = say_file },
	{ .name = "send third", .run = send_third },
};

/* ---- Tests ------------------------------------------------------------- */

static void the_table_is_the_callers(void **state)
{
	struct libspawn_fd rows[2] = {
		{ .child_fd = 9, .kind = LIBSPAWN_FD_PIPE_READ },
		{ .child_fd = 3, .kind = LIBSPAWN_FD_NULL },
	};
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_worker *worker;
	int32_t pipe_fd;

	(void)state;
	rows[0].parent_end = &pipe_fd;
	options.fds = rows;
	options.fd_count = 2;
	worker = employ("say file", &how);
	assert_int_equal(write(pipe_fd, "of the caller", 13), 13);
	close(pipe_fd);
	expect_text(worker, "9 of the caller; 3 open");
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
}

/* Where its end of the channel would be if nobody else wanted the number. */
static void number_three_can_be_kept(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const int32_t kept = 3;
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_message message;
	struct libspawn_worker *worker;
	struct stat wanted, seen;

	(void)state;
	/* If it was not open before, it is now. */
	assert_int_equal(fstat(kept, &wanted), 0);
	options.keep_fds = &kept;
	options.keep_count = 1;
	worker = employ("send third", &how);
	assert_int_equal(libspawn_worker_receive(worker, &message, PATIENCE_MS),
			 0);
	assert_int_equal(message.size, sizeof seen);
	memcpy(&seen, message.bytes, sizeof seen);
	assert_int_equal(seen.st_dev, wanted.st_dev);
	assert_int_equal(seen.st_ino, wanted.st_ino);
	dismiss(worker, LIBSPAWN_END_EXITED, 0);
	close(fd);
}

/* Our row is between those of the table and those that are kept. */
static void an_index_is_that_of_the_callers_row(void **state)
{
	const int32_t kept[] = { 2, NOT_OPEN };
	const struct libspawn_fd row = { .child_fd = 9,
					 .kind = LIBSPAWN_FD_NULL };
	struct libspawn_options options = plain_options();
	struct libspawn_worker_how how = plain_how(&options);
	struct libspawn_error error = unset_error();
	struct libspawn_worker *worker;
	char text[256];

	(void)state;
	options.fds = &row;
	options.fd_count = 1;
	options.keep_fds = kept;
	options.keep_count = 2;
	assert_int_equal(
		libspawn_worker_start(&worker, "say file", &how, &error),
		EBADF);
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN) {
		assert_int_equal(error.step, LIBSPAWN_STEP_POSIX_SPAWN);
		return;
	}
	assert_int_equal(error.step, LIBSPAWN_STEP_FD);
	assert_int_equal(error.index, 2);
	libspawn_worker_explain(text, sizeof text, &error, "say file", &how);
	assert_non_null(strstr(text, "keep_fds[1]: descriptor 999"));
}

static const struct CMUnitTest tests[] = {
	TEST(the_table_is_the_callers),
	TEST(number_three_can_be_kept),
	TEST(an_index_is_that_of_the_callers_row),
};

EMPLOY_MAIN(functions, tests)
