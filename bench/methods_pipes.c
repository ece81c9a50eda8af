/* SPDX-License-Identifier: MIT */
/*
 * A child with new pipes for its input and output, of a caller that has kept
 * low numbers for them before it opened all else.
 */
#define _GNU_SOURCE
#include "libspawn_start.h"
#include "method.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RESERVED = 8 };

/* One start at a time: this group has no part in cases with threads. */
static int32_t ends[2];

static const struct libspawn_fd pipes[] = {
	{ .child_fd = 0,
	  .kind = LIBSPAWN_FD_PIPE_READ,
	  .parent_end = &ends[0] },
	{ .child_fd = 1,
	  .kind = LIBSPAWN_FD_PIPE_WRITE,
	  .parent_end = &ends[1] },
};

/* Before the ballast of this case, which is opened by a later constructor. */
__attribute__((constructor(101))) static void reserve(void)
{
	if (getenv("BENCH_FDS"))
		libspawn_reserve_fds(RESERVED);
}

static int reap(struct started *started)
{
	int status = -1;

	close(ends[0]);
	close(ends[1]);
	return waitpid(started->pid, &status, 0) < 0 ? -1 : status;
}

static const struct method pipes_table[] = {
	{ .name = "libspawn-clone",
	  .case_name = "pipes",
	  .prepare = libspawn_why_not,
	  .start = libspawn_start_with,
	  .reap = reap,
	  .data = CLONE_OPTIONS(.fds = pipes, .fd_count = 2) },
};

METHOD_GROUP(pipes_methods, pipes_table);
