/* SPDX-License-Identifier: MIT */
/*
 * The pipe of a report: opened where no operation of the plan overwrites its
 * writing end or reads what it closed before, and closed.
 */
#include "backend/report.h"

#include <errno.h>

#include "backend/descriptor.h"
#include "child/every_start.h"

/* ---- Keeping out of the plan's way ------------------------------------- */

/* The descriptor an operation overwrites, or -1. */
static int32_t written_by(const struct op *op)
{
	switch (op->kind) {
	case OP_FD_MOVE:
	case OP_FD_RESTORE:
	case OP_FD_OPEN: return op->number;
	case OP_FD_KEEP:
	case OP_FD_CLOSE: return op->fd;
	default: return -1;
	}
}

static int is_written(const struct plan *plan, int fd)
{
	uint32_t n = 0;

	while (n < plan->target_count && plan->targets[n] < fd)
		n++;
	return n < plan->target_count && plan->targets[n] == fd;
}

/* The operation that needs what fd is before the child: its number, or -1. */
static int32_t find_reader(const struct plan *plan, int fd)
{
	uint32_t n;

	for (n = 0; n < plan->op_count; n++) {
		if (op_reads(&plan->ops[n]) == fd)
			return (int32_t)n;
		if (written_by(&plan->ops[n]) == fd)
			return -1;
	}
	return -1;
}

/* Hazard 9: an operation that names what was not open when it was planned. */
static int32_t find_either_reader(const struct plan *plan,
				  const struct report_pipe *pipe)
{
	int32_t op = find_reader(plan, pipe->read_fd);

	return op < 0 ? find_reader(plan, pipe->write_fd) : op;
}

/* Moves the writing end off the plan's targets. */
static int leave_targets(int *fd, const struct plan *plan)
{
	int copy;

	if (!is_written(plan, *fd))
		return 0;
	copy = libspawn__descriptor_copy_beside(*fd, *fd + 1, plan->targets,
						plan->target_count);
	if (copy < 0)
		return copy;
	libspawn__descriptor_close(*fd);
	*fd = copy;
	return 0;
}

/* ---- The pipe ---------------------------------------------------------- */

/* Only the writing end must survive in the child: the other is ours alone. */
int libspawn__report_open(struct report_pipe *pipe, struct launch *launch,
			  int32_t *op)
{
	int ends[2];
	int code = libspawn__descriptor_pipe(ends);

	*op = -1;
	if (code < 0)
		return code;
	code = leave_targets(&ends[1], launch->plan);
	pipe->read_fd = ends[0];
	pipe->write_fd = ends[1];
	launch->report_fd = ends[1];
	if (code == 0)
		*op = find_either_reader(launch->plan, pipe);
	if (*op >= 0)
		code = -EBADF;
	if (code < 0)
		libspawn__report_close(pipe);
	return code;
}

EVERY_START void libspawn__report_omit(struct report_pipe *pipe,
				       struct launch *launch)
{
	pipe->read_fd = -1;
	pipe->write_fd = -1;
	launch->report_fd = -1;
}

static void close_writing(struct report_pipe *pipe)
{
	if (pipe->write_fd >= 0)
		libspawn__descriptor_close(pipe->write_fd);
	pipe->write_fd = -1;
}

EVERY_START void libspawn__report_begin(struct report_pipe *pipe,
					const struct launch *launch)
{
	pipe->told = launch->report;
	close_writing(pipe);
}

EVERY_START void libspawn__report_close(struct report_pipe *pipe)
{
	if (pipe->read_fd >= 0)
		libspawn__descriptor_close(pipe->read_fd);
	pipe->read_fd = -1;
	close_writing(pipe);
}
