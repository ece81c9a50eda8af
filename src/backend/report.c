/* SPDX-License-Identifier: MIT */
/*
 * The report. A pipe is always there and always tells the truth, but waiting
 * for its end costs as much as the start itself. Where the kernel has zeroed
 * launch->occupied, memory was shared and the child is out of it: what it wrote
 * there is final, and nobody waits.
 */
#include "backend/report.h"

#include <errno.h>
#include <unistd.h>

#include "backend/descriptor.h"

/* ---- Keeping out of the plan's way ------------------------------------- */

/* The descriptor an operation overwrites, or -1. */
static int32_t target_of(const struct op *op)
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

/* The descriptor an operation needs open, or -1. */
static int32_t source_of(const struct op *op)
{
	switch (op->kind) {
	case OP_CGROUP:
	case OP_TERMINAL:
	case OP_FOREGROUND:
	case OP_NAMESPACE:
	case OP_FD_MOVE:
	case OP_FD_KEEP:
	case OP_FCHDIR:
	case OP_LANDLOCK:
	case OP_EXEC_FD: return op->fd;
	default: return -1;
	}
}

typedef int32_t fd_of(const struct op *op);

static int32_t find_fd(const struct plan *plan, fd_of *get, int fd)
{
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		if (get(&plan->ops[n]) == fd)
			return (int32_t)n;
	return -1;
}

/*
 * Moves the writing end off the plan's targets, each try above the last. A
 * number it has left is not taken again, so this ends.
 */
static int leave_targets(int *fd, const struct plan *plan)
{
	while (find_fd(plan, target_of, *fd) >= 0) {
		int copy = libspawn__descriptor_copy(*fd, *fd + 1);

		if (copy < 0)
			return copy;
		libspawn__descriptor_close(*fd);
		*fd = copy;
	}
	return 0;
}

/* ---- The pipe ---------------------------------------------------------- */

int libspawn__report_open(struct report_pipe *pipe, struct launch *launch,
			  int32_t *op)
{
	int ends[2];
	int code = libspawn__descriptor_pipe(ends);

	*op = -1;
	if (code < 0)
		return code;
	pipe->read_fd = ends[0];
	*op = find_fd(launch->plan, source_of, ends[0]);
	if (*op < 0)
		*op = find_fd(launch->plan, source_of, ends[1]);
	code = *op < 0 ? leave_targets(&ends[1], launch->plan) : -EBADF;
	pipe->write_fd = ends[1];
	launch->report_fd = ends[1];
	if (code < 0)
		libspawn__report_close(pipe);
	return code;
}

void libspawn__report_close(struct report_pipe *pipe)
{
	libspawn__descriptor_close(pipe->read_fd);
	if (pipe->write_fd >= 0)
		libspawn__descriptor_close(pipe->write_fd);
}

/* Reads one record whole. False at the end of the pipe. */
static int read_record(int fd, struct report *report)
{
	struct report record;
	ssize_t size;

	do
		size = read(fd, &record, sizeof record);
	while (size < 0 && errno == EINTR);
	if (size != (ssize_t)sizeof record)
		return 0;
	*report = record;
	return 1;
}

static int has_left(const struct launch *launch)
{
	return __atomic_load_n(&launch->occupied, __ATOMIC_ACQUIRE) == 0;
}

void libspawn__report_await(struct report_pipe *pipe, struct launch *launch)
{
	struct report report = launch->report;

	if (has_left(launch))
		return;
	libspawn__descriptor_close(pipe->write_fd);
	pipe->write_fd = -1;
	while (read_record(pipe->read_fd, &report) && report.code == 0)
		;
	/* A tracer may have let the parent run early: memory was shared then. */
	if (has_left(launch))
		return;
	launch->report = report;
	launch->report.fallbacks |= CHILD_NO_SHARED_MEMORY;
}
