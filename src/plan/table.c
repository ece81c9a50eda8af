/* SPDX-License-Identifier: MIT */
/*
 * The descriptor table: checks its rows, and plans them as moves in a safe
 * order, then files opened, then copies of those, then numbers closed. Whether
 * a descriptor is open is for the child to find out.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>

#include "child/every_start.h"
#include "plan/fdmap.h"
#include "plan/table.h"

#ifndef O_LARGEFILE
#define O_LARGEFILE 0
#endif

/* The first descriptor that is closed unless the table names it. */
enum { FIRST_OTHER = 3 };

/* ---- Checking ---------------------------------------------------------- */

/* The fields that a kind reads; the others must be 0. */
enum { USES_PARENT_FD = 1, USES_ENTRY = 2, USES_OPEN = 4, USES_PARENT_END = 8 };

static const uint8_t used_fields[] = {
	[LIBSPAWN_FD_FROM] = USES_PARENT_FD,
	[LIBSPAWN_FD_SAME] = USES_ENTRY,
	[LIBSPAWN_FD_OPEN] = USES_OPEN,
	[LIBSPAWN_FD_NULL] = 0,
	[LIBSPAWN_FD_PIPE_READ] = USES_PARENT_END,
	[LIBSPAWN_FD_PIPE_WRITE] = USES_PARENT_END,
	[LIBSPAWN_FD_PTY] = USES_PARENT_END,
	[LIBSPAWN_FD_CLOSE] = 0,
	[LIBSPAWN_FD_SOCKET] = USES_PARENT_END,
	[LIBSPAWN_FD_SKIP] = 0,
	[LIBSPAWN_FD_NULL_READ] = 0,
};

/* A field that means nothing for its kind must be 0, spares too. */
static int has_unused_field(const struct libspawn_fd *row, int used)
{
	return (!(used & USES_PARENT_FD) && row->parent_fd) ||
	       (!(used & USES_ENTRY) && row->entry) ||
	       (!(used & USES_OPEN) &&
		(row->open_flags || row->open_mode || row->path)) ||
	       (!(used & USES_PARENT_END) && row->parent_end) ||
	       row->spare[0] || row->spare[1];
}

/* A row that makes something; so a chain of SAME is never longer than one. */
static int is_same_valid(const struct libspawn_options *options,
			 const struct libspawn_fd *row)
{
	uint32_t kind;

	if (row->entry >= options->fd_count)
		return 0;
	kind = options->fds[row->entry].kind;
	return kind != LIBSPAWN_FD_SAME && kind != LIBSPAWN_FD_CLOSE &&
	       kind != LIBSPAWN_FD_SKIP;
}

/* 0 or an errno value; a descriptor below 0 is EBADF, as if not open. */
static int check_row(const struct libspawn_options *options,
		     const struct libspawn_fd *row)
{
	if (row->kind < LIBSPAWN_FD_FROM || row->kind > LIBSPAWN_FD_NULL_READ ||
	    has_unused_field(row, used_fields[row->kind]))
		return EINVAL;
	if (row->child_fd < 0)
		return row->kind == LIBSPAWN_FD_SKIP ? 0 : EINVAL;
	if (row->parent_fd < 0)
		return EBADF;
	switch (row->kind) {
	case LIBSPAWN_FD_SAME: return is_same_valid(options, row) ? 0 : EINVAL;
	case LIBSPAWN_FD_OPEN:
		return row->path && !(row->open_flags & O_CLOEXEC) ? 0 : EINVAL;
	case LIBSPAWN_FD_PIPE_READ:
	case LIBSPAWN_FD_PIPE_WRITE:
	case LIBSPAWN_FD_SOCKET:
	case LIBSPAWN_FD_PTY: return row->parent_end ? 0 : EINVAL;
	default: return 0;
	}
}

int libspawn__table_check(const struct libspawn_options *options,
			  struct failure *failure)
{
	uint32_t n;

	for (n = 0; n < options->fd_count; n++) {
		int code = check_row(options, &options->fds[n]);

		if (code)
			return libspawn__refuse(failure, LIBSPAWN_STEP_FD,
						(int32_t)n, code);
	}
	for (n = 0; n < options->keep_count; n++)
		if (options->keep_fds[n] < 0)
			return libspawn__refuse(
				failure, LIBSPAWN_STEP_FD,
				(int32_t)(options->fd_count + n), EBADF);
	return 0;
}

/* ---- Planning ---------------------------------------------------------- */

size_t libspawn__table_bytes(const struct libspawn_options *options)
{
	return arena_round(libspawn__row_count(options) *
			   sizeof(struct fd_move));
}

/* An operation that is blamed on a row of the table. */
static struct op *add_row_op(struct plan_builder *builder, enum op_kind kind,
			     int32_t row)
{
	return libspawn__builder_add(builder, kind, LIBSPAWN_STEP_FD, row);
}

/* Turns a step of the ordering into an operation; receiver: the builder. */
static void emit_move(void *receiver, enum fd_verb verb,
		      const struct fd_move *move)
{
	static const enum op_kind kinds[] = {
		[FD_KEEP] = OP_FD_KEEP,
		[FD_MOVE] = OP_FD_MOVE,
		[FD_SAVE] = OP_FD_SAVE,
		[FD_RESTORE] = OP_FD_RESTORE,
	};
	struct op *op = add_row_op(receiver, kinds[verb], move->index);

	op->fd = move->from;
	op->number = move->to;
}

/* The descriptor a row is copied from; -1 if the child must make it. */
static int32_t source_of(const struct request *request, uint32_t row)
{
	const struct libspawn_fd *fd = &request->options.fds[row];

	switch (fd->kind) {
	case LIBSPAWN_FD_SAME: return source_of(request, fd->entry);
	case LIBSPAWN_FD_FROM: return fd->parent_fd;
	case LIBSPAWN_FD_PIPE_READ:
	case LIBSPAWN_FD_PIPE_WRITE:
	case LIBSPAWN_FD_SOCKET:
	case LIBSPAWN_FD_PTY: return request->made_fds[row];
	default: return -1;
	}
}

static void plan_moves(struct plan_builder *builder)
{
	const struct request *request = builder->request;
	const struct sorted *rows = &request->rows;
	const struct fd_sink sink = { emit_move, builder };
	struct fd_move *moves =
		arena_take(builder->arena, rows->count * sizeof *moves);
	uint32_t n;

	for (n = 0; n < rows->count; n++) {
		const struct libspawn_fd *row = rows->elements[n];

		moves[n].index = (int32_t)(row - request->options.fds);
		moves[n].from = source_of(request, (uint32_t)moves[n].index);
		moves[n].to = row->child_fd;
	}
	libspawn__fdmap_order(moves, rows->count, &sink);
}

/*
 * The mode takes the operand fd. O_LARGEFILE: the raw call does not add it, as
 * open() of a 32-bit C library would.
 */
static void plan_open(struct plan_builder *builder, uint32_t row)
{
	const struct libspawn_fd *fd = &builder->request->options.fds[row];
	struct op *op = add_row_op(builder, OP_FD_OPEN, (int32_t)row);

	op->data = fd->kind == LIBSPAWN_FD_OPEN ? fd->path : "/dev/null";
	op->value = (fd->kind == LIBSPAWN_FD_NULL ? O_RDWR : fd->open_flags) |
		    O_LARGEFILE;
	op->fd = (int32_t)fd->open_mode;
	op->number = fd->child_fd;
}

/* Known by number only after all moves have been done. */
static int is_made_by_child(const struct libspawn_fd *row)
{
	return row->kind == LIBSPAWN_FD_OPEN || row->kind == LIBSPAWN_FD_NULL ||
	       row->kind == LIBSPAWN_FD_NULL_READ;
}

/* Copies of files that the child has opened come after them. */
static void plan_copy(struct plan_builder *builder, uint32_t row)
{
	const struct libspawn_fd *fds = builder->request->options.fds;
	struct op *op;

	if (!is_made_by_child(&fds[fds[row].entry]))
		return;
	op = add_row_op(builder, OP_FD_MOVE, (int32_t)row);
	op->fd = fds[fds[row].entry].child_fd;
	op->value = 1;
	op->number = fds[row].child_fd;
}

/* Files go on numbers that nobody reads any more; closing goes last. */
static void plan_files(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;
	uint32_t n;

	for (n = 0; n < options->fd_count; n++)
		if (is_made_by_child(&options->fds[n]))
			plan_open(builder, n);
	for (n = 0; n < options->fd_count; n++)
		if (options->fds[n].kind == LIBSPAWN_FD_SAME)
			plan_copy(builder, n);
	for (n = 0; n < options->fd_count; n++)
		if (options->fds[n].kind == LIBSPAWN_FD_CLOSE)
			add_row_op(builder, OP_FD_CLOSE, (int32_t)n)->fd =
				options->fds[n].child_fd;
}

EVERY_START void libspawn__table_plan_others(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;

	if (!HAS(INHERIT_FDS))
		plan_fd(builder, OP_CLOSE_OTHERS, LIBSPAWN_STEP_CLOSE_FDS,
			FIRST_OTHER);
}

/* The mark goes before the moves: these take it off again. */
void libspawn__table_plan(struct plan_builder *builder)
{
	const struct request *request = builder->request;

	builder->plan->targets = request->targets;
	builder->plan->target_count = request->rows.count;
	libspawn__table_plan_others(builder);
	if (request->rows.count == 0)
		return;
	plan_moves(builder);
	plan_files(builder);
}
