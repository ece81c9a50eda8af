/* SPDX-License-Identifier: MIT */
/*
 * The rows of the table, all of them and in order: who looks up a number, be it
 * here or where descriptors are opened, need not go through them all. What is
 * kept under its number becomes a row like the others.
 */
#define _GNU_SOURCE
#include "plan/rows.h"

#include <errno.h>
#include <string.h>

size_t libspawn__rows_bytes(const struct libspawn_options *options)
{
	const uint32_t count = libspawn__row_count(options);

	return arena_round(count * sizeof(struct libspawn_fd)) +
	       arena_round(libspawn__sorted_bytes(count)) +
	       arena_round(count * sizeof(int32_t));
}

/* What is kept becomes rows like the others, behind them. */
static void join_kept(struct libspawn_options *options, struct arena *arena)
{
	const uint32_t count = libspawn__row_count(options);
	struct libspawn_fd *rows = arena_take(arena, count * sizeof *rows);
	uint32_t n;

	if (options->fd_count > 0)
		memcpy(rows, options->fds, options->fd_count * sizeof *rows);
	for (n = options->fd_count; n < count; n++) {
		memset(&rows[n], 0, sizeof rows[n]);
		rows[n].kind = LIBSPAWN_FD_FROM;
		rows[n].parent_fd = options->keep_fds[n - options->fd_count];
		rows[n].child_fd = rows[n].parent_fd;
	}
	options->fds = rows;
	options->fd_count = count;
	options->keep_count = 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct libspawn_fd *one = a;
	const struct libspawn_fd *other = b;

	return compare_numbers(one->child_fd, other->child_fd);
}

/* In order, a twin is a neighbour, and the later one of the table. */
static int list_targets(const struct request *request, int32_t *targets,
			struct failure *failure)
{
	const struct sorted *rows = &request->rows;
	const struct libspawn_fd *row;
	uint32_t n;

	for (n = 0; n < rows->count; n++) {
		row = rows->elements[n];
		targets[n] = row->child_fd;
		if (n > 0 && targets[n - 1] == targets[n])
			return libspawn__refuse(
				failure, LIBSPAWN_STEP_FD,
				(int32_t)(row - request->options.fds), EINVAL);
	}
	return 0;
}

int libspawn__rows_sort(struct request *request, struct arena *arena,
			struct failure *failure)
{
	struct libspawn_options *options = &request->options;
	const uint32_t count = libspawn__row_count(options);
	int32_t *targets;
	uint32_t n;

	if (count == 0)
		return 0;
	if (options->keep_count > 0)
		join_kept(options, arena);
	libspawn__sorted_begin(&request->rows,
			       arena_take(arena, libspawn__sorted_bytes(count)),
			       compare_rows);
	for (n = 0; n < count; n++)
		if (options->fds[n].kind != LIBSPAWN_FD_SKIP)
			libspawn__sorted_add(&request->rows, &options->fds[n]);
	libspawn__sorted_finish(&request->rows);
	targets = arena_take(arena, count * sizeof *targets);
	request->targets = targets;
	return list_targets(request, targets, failure);
}
