/* SPDX-License-Identifier: MIT */
/*
 * The descriptors that live for one start: pipes, terminals, and copies of
 * descriptors that the table would overwrite. All of them, or none at all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/descriptor.h"
#include "ends/ends.h"
#include "plan/rows.h"
#include "unit.h"

enum { UNTOUCHED = -77, ROWS_MAX = 8, MEMORY = 4096 };

/* A request whose ends can be opened again and again. */
struct opened {
	struct request request;
	struct failure failure;
	struct ends ends;
	_Alignas(ARENA_ALIGNMENT) char memory[MEMORY];
};

static int open_ends(struct opened *opened,
		     const struct libspawn_options *options)
{
	struct arena arena = { opened->memory };
	char *rows_end = opened->memory + libspawn__rows_bytes(options);
	int code;

	memset(opened, 0, sizeof *opened);
	opened->request.options = *options;
	assert_int_equal(
		libspawn__rows_sort(&opened->request, &arena, &opened->failure),
		0);
	assert_true(arena.next <= rows_end);
	assert_true(rows_end + libspawn__ends_bytes(options) <=
		    opened->memory + sizeof opened->memory);
	arena.next = rows_end;
	code = libspawn__ends_open(&opened->ends, &opened->request, &arena,
				   &opened->failure);
	assert_true(arena.next <= rows_end + libspawn__ends_bytes(options));
	return code;
}

static struct libspawn_fd row_of(uint32_t kind, int32_t child_fd,
				 int32_t *parent_end)
{
	struct libspawn_fd row = { .child_fd = child_fd,
				   .kind = kind,
				   .parent_end = parent_end };

	if (parent_end)
		*parent_end = UNTOUCHED;
	return row;
}

static void assert_own(int fd)
{
	assert_true(fd > STDERR_FILENO);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void assert_same_file(int one, int two)
{
	struct stat first;
	struct stat second;

	assert_int_equal(fstat(one, &first), 0);
	assert_int_equal(fstat(two, &second), 0);
	assert_int_equal(first.st_dev, second.st_dev);
	assert_int_equal(first.st_ino, second.st_ino);
}

/* Whether what is written to one end comes out at the other. */
static void assert_connected(int from, int to)
{
	char byte = 0;

	assert_int_equal(write(from, "!", 1), 1);
	assert_int_equal(read(to, &byte, 1), 1);
	assert_int_equal(byte, '!');
}

/* ---- Pipes and terminals ------------------------------------------------- */

static void a_pipe_has_its_ends_the_right_way_round(void **state)
{
	int32_t ends[2];
	const struct libspawn_fd rows[] = {
		row_of(LIBSPAWN_FD_PIPE_READ, 0, &ends[0]),
		row_of(LIBSPAWN_FD_PIPE_WRITE, 1, &ends[1]),
	};
	const struct libspawn_options options = { OPTIONS, .fds = rows,
						  .fd_count = 2 };
	struct opened opened;
	int open = count_open();
	int n;

	(void)state;
	assert_int_equal(open_ends(&opened, &options), 0);
	assert_int_equal(count_open(), open + 4);
	for (n = 0; n < 2; n++) {
		assert_own(opened.ends.child_fds[n]);
		assert_own(opened.ends.parent_fds[n]);
		assert_int_equal(ends[n], UNTOUCHED);
	}
	assert_ptr_equal(opened.request.made_fds, opened.ends.child_fds);
	assert_connected(opened.ends.parent_fds[0], opened.ends.child_fds[0]);
	assert_connected(opened.ends.child_fds[1], opened.ends.parent_fds[1]);
	libspawn__ends_close(&opened.ends);
	assert_int_equal(count_open(), open);
	assert_int_equal(ends[0], UNTOUCHED);
}

static void the_parents_ends_are_delivered_and_the_rest_is_closed(void **state)
{
	int32_t ends[2];
	const struct libspawn_fd rows[] = {
		row_of(LIBSPAWN_FD_PIPE_READ, 0, &ends[0]),
		row_of(LIBSPAWN_FD_NULL, 3, NULL),
		row_of(LIBSPAWN_FD_PTY, 1, &ends[1]),
	};
	const struct libspawn_options options = { OPTIONS, .fds = rows,
						  .fd_count = 3 };
	struct opened opened;
	int open = count_open();

	(void)state;
	if (open_ends(&opened, &options) < 0) {
		print_message("skipped: no terminals here\n");
		skip();
	}
	libspawn__ends_deliver(&opened.ends, &opened.request);
	assert_own(ends[0]);
	assert_own(ends[1]);
	assert_int_equal(count_open(), open + 2);
	close(ends[0]);
	close(ends[1]);
}

static void a_terminal_has_two_sides(void **state)
{
	int32_t end;
	const struct libspawn_fd rows[] = {
		row_of(LIBSPAWN_FD_PTY, 0, &end),
	};
	const struct libspawn_options options = { OPTIONS, .fds = rows,
						  .fd_count = 1 };
	struct opened opened;

	(void)state;
	if (open_ends(&opened, &options) < 0) {
		print_message("skipped: no terminals here\n");
		skip();
	}
	assert_own(opened.ends.child_fds[0]);
	assert_own(opened.ends.parent_fds[0]);
	assert_true(isatty(opened.ends.child_fds[0]));
	assert_connected(opened.ends.child_fds[0], opened.ends.parent_fds[0]);
	libspawn__ends_close(&opened.ends);
}

/* Hazard 9: 0 to 2 are the caller's even while they are closed. */
static void nothing_is_opened_on_the_first_three_numbers(void **state)
{
	int32_t end;
	const struct libspawn_fd rows[] = {
		row_of(LIBSPAWN_FD_PIPE_READ, 0, &end),
		row_of(LIBSPAWN_FD_PIPE_WRITE, 1, &end),
	};
	const struct libspawn_options options = { OPTIONS, .fds = rows,
						  .fd_count = 2 };
	struct opened opened;
	int kept[2] = { dup(0), dup(1) };
	int code;
	int are_free;
	int n;

	(void)state;
	close(0);
	close(1);
	code = open_ends(&opened, &options);
	are_free = fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0;
	for (n = 0; n < 2; n++) {
		dup2(kept[n], n);
		close(kept[n]);
	}
	assert_int_equal(code, 0);
	assert_true(are_free);
	for (n = 0; n < 2; n++) {
		assert_own(opened.ends.child_fds[n]);
		assert_own(opened.ends.parent_fds[n]);
	}
	libspawn__ends_close(&opened.ends);
}

/* The number was free when the caller wrote the row. */
static void a_row_that_names_one_of_our_descriptors_is_refused(void **state)
{
	int32_t end;
	struct libspawn_fd rows[] = {
		row_of(LIBSPAWN_FD_PIPE_READ, 0, &end),
		row_of(LIBSPAWN_FD_FROM, 1, NULL),
	};
	const struct libspawn_options options = { OPTIONS, .fds = rows,
						  .fd_count = 2 };
	int first_free = fcntl(0, F_DUPFD, 3);
	int open;
	int n;

	(void)state;
	assert_true(first_free >= 3);
	close(first_free);
	open = count_open();
	for (n = 0; n < 2; n++) {
		struct opened opened;

		rows[1].parent_fd = first_free + n;
		assert_int_equal(open_ends(&opened, &options), -EBADF);
		assert_int_equal(opened.failure.step, LIBSPAWN_STEP_FD);
		assert_int_equal(opened.failure.index, 1);
		assert_int_equal(count_open(), open);
	}
}

/* ---- Copies -------------------------------------------------------------- */

static const struct late {
	uint64_t flag;
	size_t field;
	int32_t step;
} late[] = {
	{ LIBSPAWN_CWD_FD, offsetof(struct libspawn_options, cwd_fd),
	  LIBSPAWN_STEP_CWD },
	{ LIBSPAWN_LANDLOCK_FD, offsetof(struct libspawn_options, landlock_fd),
	  LIBSPAWN_STEP_LANDLOCK },
	{ LIBSPAWN_PROGRAM_FD, offsetof(struct libspawn_options, program_fd),
	  LIBSPAWN_STEP_EXEC },
};

static int32_t *late_field(struct libspawn_options *options, size_t n)
{
	return (int32_t *)(void *)((char *)options + late[n].field);
}

/* Opens the ends with one late descriptor and one row for its number. */
static void check_late(size_t n, const struct libspawn_fd *rows, uint32_t count,
		       int fd, int is_copied)
{
	struct libspawn_options options = { OPTIONS, .flags = late[n].flag,
					    .fds = rows, .fd_count = count };
	struct opened opened;
	int32_t now;
	int open = count_open();
	uint32_t row;

	*late_field(&options, n) = fd;
	assert_int_equal(open_ends(&opened, &options), 0);
	now = *late_field(&opened.request.options, n);
	assert_int_equal(now != fd, is_copied);
	assert_same_file(now, fd);
	assert_int_equal(count_open(), open + is_copied);
	if (is_copied)
		assert_own(now);
	for (row = 0; is_copied && row < count; row++)
		assert_int_not_equal(now, rows[row].child_fd);
	libspawn__ends_close(&opened.ends);
	assert_int_equal(count_open(), open);
}

static void what_the_table_overwrites_is_copied_out_of_its_way(void **state)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC);
	/* The numbers where a copy would go first are targets as well. */
	const struct libspawn_fd rows[] = {
		row_of(LIBSPAWN_FD_NULL, fd, NULL),
		row_of(LIBSPAWN_FD_NULL, fd + 1, NULL),
		row_of(LIBSPAWN_FD_CLOSE, fd + 2, NULL),
		row_of(LIBSPAWN_FD_NULL, 4, NULL),
		row_of(LIBSPAWN_FD_NULL, 3, NULL),
	};
	size_t n;

	(void)state;
	assert_true(fd >= 3);
	for (n = 0; n < COUNT(late); n++)
		check_late(n, rows, fd > 4 ? 5 : 3, fd, 1);
	close(fd);
}

static void what_the_table_leaves_alone_is_not_copied(void **state)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC);
	const struct libspawn_fd other = row_of(LIBSPAWN_FD_NULL, fd + 1, NULL);
	struct libspawn_fd itself = row_of(LIBSPAWN_FD_FROM, fd, NULL);
	size_t n;

	(void)state;
	itself.parent_fd = fd;
	for (n = 0; n < COUNT(late); n++) {
		check_late(n, NULL, 0, fd, 0);
		check_late(n, &other, 1, fd, 0);
		check_late(n, &itself, 1, fd, 0);
	}
	close(fd);
}

/* The caller's list is not written to. */
static void namespaces_that_the_table_overwrites_are_copied(void **state)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC);
	const int32_t namespaces[] = { 0, fd };
	const struct libspawn_fd rows[] = {
		row_of(LIBSPAWN_FD_NULL, fd, NULL),
		row_of(LIBSPAWN_FD_NULL, fd + 1, NULL),
	};
	const struct libspawn_options options = { OPTIONS, .fds = rows,
						  .fd_count = 2,
						  .namespaces = namespaces,
						  .namespace_count = 2 };
	const int32_t *now;
	struct opened opened;
	int open = count_open();

	(void)state;
	assert_int_equal(open_ends(&opened, &options), 0);
	now = opened.request.options.namespaces;
	assert_int_equal(now[0], 0);
	assert_own(now[1]);
	assert_true(now[1] != fd && now[1] != fd + 1);
	assert_same_file(now[1], fd);
	assert_int_equal(namespaces[1], fd);
	assert_int_equal(count_open(), open + 1);
	libspawn__ends_deliver(&opened.ends, &opened.request);
	assert_int_equal(count_open(), open);
	close(fd);
	assert_int_equal(open_ends(&opened, &options), -EBADF);
	assert_int_equal(opened.failure.step, LIBSPAWN_STEP_NAMESPACE);
	assert_int_equal(opened.failure.index, 1);
}

/* Open: 20. Taken and not open: the two before it, and the one behind. */
static void a_copy_keeps_off_numbers_that_are_taken(void **state)
{
	const int32_t taken[] = { 0, 4, 18, 19, 19, 21, 23 };
	int file = open("/", O_RDONLY | O_CLOEXEC);
	int open = fcntl(file, F_DUPFD_CLOEXEC, 20);
	int copy;

	(void)state;
	assert_int_equal(open, 20);
	copy = libspawn__descriptor_copy_beside(file, 18, taken, COUNT(taken));
	assert_int_equal(copy, 22);
	assert_own(copy);
	assert_same_file(copy, file);
	close(copy);
	copy = libspawn__descriptor_copy_beside(file, 19, taken, 4);
	assert_int_equal(copy, 21);
	assert_int_equal(fcntl(18, F_GETFD), -1);
	assert_int_equal(fcntl(19, F_GETFD), -1);
	close(copy);
	close(open);
	close(file);
}

static void a_late_descriptor_that_is_closed_is_told(void **state)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 100);
	const struct libspawn_fd row = row_of(LIBSPAWN_FD_NULL, fd, NULL);
	int open;
	size_t n;

	(void)state;
	close(fd);
	open = count_open();
	for (n = 0; n < COUNT(late); n++) {
		struct libspawn_options options = { OPTIONS,
						    .flags = late[n].flag,
						    .fds = &row,
						    .fd_count = 1 };
		struct opened opened;

		*late_field(&options, n) = fd;
		assert_int_equal(open_ends(&opened, &options), -EBADF);
		assert_int_equal(opened.failure.step, late[n].step);
		assert_int_equal(count_open(), open);
	}
}

/* ---- All or nothing ------------------------------------------------------ */

static int highest_open(void)
{
	int fd = 1023;

	while (fd > 0 && fcntl(fd, F_GETFD) < 0)
		fd--;
	return fd;
}

/* With room for so many more: 0, or a refusal that leaves nothing open. */
static int open_with_room(const struct libspawn_options *options, int room)
{
	struct rlimit before;
	struct rlimit limit;
	struct opened opened;
	int open = count_open();
	int code;

	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	limit.rlim_cur = (rlim_t)(highest_open() + 1 + room);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	code = open_ends(&opened, options);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	if (code == 0)
		libspawn__ends_close(&opened.ends);
	else
		assert_true(opened.failure.step == LIBSPAWN_STEP_FD ||
			    opened.failure.step == LIBSPAWN_STEP_CWD);
	assert_int_equal(count_open(), open);
	return code;
}

/* Fills the gaps below the highest, so that the limit counts what is new. */
static int fill_gaps(int *fillers, int most)
{
	int top = highest_open();
	int count = 0;
	int fd;

	while (count < most && (fd = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0) {
		fillers[count++] = fd;
		if (fd > top)
			break;
	}
	return count;
}

static void whatever_is_missing_nothing_stays_open(void **state)
{
	enum { NEEDED = 2 + 2 + 2 + 1, FILLERS = 512 };
	int32_t end;
	int directory = open("/", O_RDONLY | O_CLOEXEC);
	const struct libspawn_fd rows[] = {
		row_of(LIBSPAWN_FD_PIPE_READ, 0, &end),
		row_of(LIBSPAWN_FD_PTY, 1, &end),
		row_of(LIBSPAWN_FD_PIPE_WRITE, directory, &end),
	};
	const struct libspawn_options options = { OPTIONS,
						  .flags = LIBSPAWN_CWD_FD,
						  .cwd_fd = directory,
						  .fds = rows, .fd_count = 3 };
	int fillers[FILLERS];
	int count = fill_gaps(fillers, FILLERS);
	int room;

	(void)state;
	for (room = 0; room < NEEDED; room++)
		assert_int_equal(open_with_room(&options, room), -EMFILE);
	assert_int_equal(open_with_room(&options, NEEDED), 0);
	assert_int_equal(end, UNTOUCHED);
	while (count > 0)
		close(fillers[--count]);
	close(directory);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_pipe_has_its_ends_the_right_way_round),
	cmocka_unit_test(the_parents_ends_are_delivered_and_the_rest_is_closed),
	cmocka_unit_test(a_terminal_has_two_sides),
	cmocka_unit_test(nothing_is_opened_on_the_first_three_numbers),
	cmocka_unit_test(a_row_that_names_one_of_our_descriptors_is_refused),
	cmocka_unit_test(what_the_table_overwrites_is_copied_out_of_its_way),
	cmocka_unit_test(what_the_table_leaves_alone_is_not_copied),
	cmocka_unit_test(namespaces_that_the_table_overwrites_are_copied),
	cmocka_unit_test(a_copy_keeps_off_numbers_that_are_taken),
	cmocka_unit_test(a_late_descriptor_that_is_closed_is_told),
	cmocka_unit_test(whatever_is_missing_nothing_stays_open),
};

UNIT_MAIN(tests)
