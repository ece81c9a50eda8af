/* SPDX-License-Identifier: MIT */
/* The report: how the parent learns what became of the child. */
#ifndef LIBSPAWN_BACKEND_REPORT_H
#define LIBSPAWN_BACKEND_REPORT_H

#include "child/launch.h"

/* A pipe whose writing end no operation of the plan overwrites. */
struct report_pipe {
	int read_fd; /* -1 where there is none */
	int write_fd;
	struct report told; /* by the last record */
};

/*
 * report_pipe.c: opens it and tells the launch. 0, -errno, or, if an operation
 * of the plan reads one of these descriptors, which were closed before, -EBADF
 * with its number in *op (else -1).
 */
int libspawn__report_open(struct report_pipe *pipe, struct launch *launch,
			  int32_t *op);
/* Does without, where memory is known to be shared. */
void libspawn__report_omit(struct report_pipe *pipe, struct launch *launch);
/* The child has its own end by now. No harm where there is no pipe. */
void libspawn__report_begin(struct report_pipe *pipe,
			    const struct launch *launch);
/* What is open of it; no harm where there is no pipe. */
void libspawn__report_close(struct report_pipe *pipe);

/*
 * report.c: 0 when the child has left: launch->report is final. Else
 * -ETIMEDOUT.
 */
int libspawn__report_await(struct report_pipe *pipe, struct launch *launch,
			   long pid, int64_t deadline);
/*
 * Hazard 4. Exec wakes who waits for the memory a moment before the child has
 * its own; its end of the pipe closes after, or before in newer kernels, which
 * are asked about the child then. At most a second, as others may hold that
 * end; ten where it is locked; a millisecond where there is no pipe.
 * -ETIMEDOUT if the deadline is sooner.
 */
int libspawn__report_await_end(const struct report_pipe *pipe,
			       struct launch *launch, long pid,
			       int64_t deadline);

#endif
