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

#include "backend/fate.h"
#include "backend/own_memory.h"
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
enum { LOCK_PATIENCE = 10000, LOCK_LOOK = 1 };

#define BIT_OF(signal) (UINT32_C(1) << ((signal)-1))

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

/* When the end of the pipe, or of its lock, is no longer awaited. */
static int64_t last_moment(const struct report_pipe *pipe,
			   const struct launch *launch)
{
	if (pipe->read_fd < 0)
		return libspawn__deadline_after(NO_PIPE_PATIENCE);
	return libspawn__deadline_after(launch->locked ? LOCK_PATIENCE
						       : END_PATIENCE);
}

static int await_close(const struct report_pipe *pipe, struct launch *launch,
		       int64_t deadline)
{
	/* Without events only the end counts; without a number, only time. */
	struct pollfd wanted = { .fd = pipe->read_fd };
	int64_t left;
	int64_t look;
	int code;

	if (!launch->patience)
		launch->patience = last_moment(pipe, launch);
	if (deadline > launch->patience)
		deadline = launch->patience;
	do {
		if (launch->locked && is_unlocked(pipe->read_fd))
			return 0;
		left = libspawn__deadline_left(deadline) / NS_PER_MS;
		look = launch->locked && left > LOCK_LOOK ? LOCK_LOOK : left;
		code = look_at_pipe(&wanted, (int)look);
		/* Who did not wait for the start has its signals: again. */
	} while (code < 0 || (code == 0 && launch->locked && left > 0));
	return code == 0 && deadline < launch->patience &&
			       libspawn__deadline_left(launch->patience) > 0
		       ? -ETIMEDOUT
		       : 0;
}

int libspawn__report_await_end(const struct report_pipe *pipe,
			       struct launch *launch, long pid,
			       int64_t deadline)
{
	const int code = await_close(pipe, launch, deadline);

	return code < 0 ? code
			: libspawn__own_memory_await(launch, pid, deadline);
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
