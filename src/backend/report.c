/* SPDX-License-Identifier: MIT */
/*
 * The report. A pipe tells the truth everywhere, but waiting for its end costs
 * as much as the start itself. Where the kernel has zeroed launch->occupied,
 * memory was shared and the child is out of it: what it wrote there is final,
 * and nobody waits. That is a property of the kernel: a backend that has shown
 * it once does without the pipe from then on, which is a tenth of a start.
 */
#define _GNU_SOURCE
#include "backend/report.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "backend/descriptor.h"
#include "backend/fate.h"
#include "child/every_start.h"
#include "child/sys.h"
#include "deadline.h"

/* Milliseconds, between looks at a child that may have left its pipe. */
enum { PATIENCE = 250 };
/*
 * For the end of the pipe, which others may hold; in the place of one: at least
 * 1 ms; for its lock, which nobody else can have, and between looks at that.
 */
enum { END_PATIENCE = 1000, NO_PIPE_PATIENCE = 2 };
enum { LOCK_PATIENCE = 10000, BETWEEN_LOOKS = 1 };

#define BIT_OF(signal) (UINT32_C(1) << ((signal)-1))

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
	close_writing(pipe);
}

/*
 * Whether a child of this plan says so: what comes through a pipe is looked at,
 * as another process may hold its writing end.
 */
static int makes_sense(const struct report *report, const struct plan *plan)
{
	const uint32_t stops = BIT_OF(SIGTSTP) | BIT_OF(SIGTTIN) |
			       BIT_OF(SIGTTOU) | BIT_OF(SIGQUIT);

	return report->code >= 0 && report->state <= CHILD_EXECUTES &&
	       (report->code == 0 || report->op < plan->op_count) &&
	       (report->stops & ~stops) == 0;
}

/* Reads one record whole. False at the end of the pipe. */
static int read_record(int fd, const struct plan *plan, struct report *report)
{
	struct report record;
	ssize_t size;

	do
		size = read(fd, &record, sizeof record);
	while (size < 0 && errno == EINTR);
	if (size != (ssize_t)sizeof record || !makes_sense(&record, plan))
		return 0;
	*report = record;
	return 1;
}

/* Milliseconds to the next look, or to the deadline if that is sooner. */
static int patience(int64_t deadline)
{
	int64_t left = libspawn__deadline_left(deadline) / NS_PER_MS;

	return left < PATIENCE ? (int)left : PATIENCE;
}

/*
 * As poll(2). Where the limit of descriptors has become 0, none can be looked
 * at, and time has to do.
 */
static int look_at_pipe(struct pollfd *wanted, int timeout_ms)
{
	int code = poll(wanted, 1, timeout_ms);

	if (code >= 0 || errno == EINTR)
		return code;
	sys_sleep(1000);
	return 0;
}

/* The child's lock has gone: exec, which has changed the memory, closes. */
static int is_unlocked(int fd)
{
	struct flock lock = { .l_type = F_WRLCK };

	return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

static int64_t end_deadline(const struct report_pipe *pipe,
			    const struct launch *launch)
{
	if (pipe->read_fd < 0)
		return libspawn__deadline_after(NO_PIPE_PATIENCE);
	return libspawn__deadline_after(launch->locked ? LOCK_PATIENCE
						       : END_PATIENCE);
}

void libspawn__report_await_end(const struct report_pipe *pipe,
				const struct launch *launch)
{
	/* Without events only the end counts; without a number, only time. */
	struct pollfd wanted = { .fd = pipe->read_fd };
	const int64_t deadline = end_deadline(pipe, launch);
	int64_t left;
	int code;

	do {
		if (launch->locked && is_unlocked(pipe->read_fd))
			return;
		left = libspawn__deadline_left(deadline) / NS_PER_MS;
		code = look_at_pipe(&wanted,
				    launch->locked ? BETWEEN_LOOKS : (int)left);
		/* Who did not wait for the start has its signals: again. */
	} while (code < 0 || (code == 0 && launch->locked && left > 0));
}

/*
 * Hazard 8: somebody else may hold the writing end. 1 when there is something
 * to read, 0 when the child has left it and nothing more is: what it wrote came
 * before.
 */
static int await_record(int fd, const struct launch *launch, long pid,
			int64_t deadline)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };
	int has_gone = 0;

	while (look_at_pipe(&wanted, has_gone ? 0 : patience(deadline)) <= 0) {
		if (has_gone)
			return 0;
		has_gone = libspawn__fate_is_dead(pid) ||
			   libspawn__fate_has_executed(launch, pid);
		if (!has_gone && libspawn__deadline_left(deadline) == 0)
			return -ETIMEDOUT;
	}
	return 1;
}

/*
 * Records without an error announce an exec; the last of them counts. 0 at the
 * end of the pipe or a failure, 1 if the child has gone and others have it.
 */
static int read_records(struct report_pipe *pipe, const struct launch *launch,
			long pid, int64_t deadline)
{
	int code;

	do {
		code = await_record(pipe->read_fd, launch, pid, deadline);
		if (code <= 0)
			return code < 0 ? code : 1;
	} while (read_record(pipe->read_fd, launch->plan, &pipe->told) &&
		 pipe->told.code == 0);
	return 0;
}

/* What memory has told is final; the end of the pipe is one more sign. */
static int await_unwaited(struct report_pipe *pipe, struct launch *launch,
			  long pid, int64_t deadline)
{
	int is_over = 0;

	if (pipe->read_fd >= 0 && !libspawn__fate_has_left(launch))
		is_over = read_records(pipe, launch, pid, deadline) >= 0;
	return libspawn__fate_await_unwaited(launch, pid, is_over, deadline);
}

EVERY_START int libspawn__report_await(struct report_pipe *pipe,
				       struct launch *launch, long pid,
				       int64_t deadline)
{
	int code;

	if (libspawn__fate_has_left(launch))
		return 0;
	if (launch->shares)
		return await_unwaited(pipe, launch, pid, deadline);
	if (pipe->read_fd < 0)
		return libspawn__fate_await_leaving(launch, pid, deadline);
	code = read_records(pipe, launch, pid, deadline);
	/* Exec is seen a moment before the kernel's store to this memory. */
	if (code > 0)
		code = libspawn__fate_await_unwaited(launch, pid, 1, deadline);
	/* The tracer again: then memory was shared, and tells all. */
	if (code < 0 || libspawn__fate_has_left(launch))
		return code;
	launch->report = pipe->told;
	launch->report.fallbacks |= CHILD_NO_SHARED_MEMORY;
	return 0;
}
