/* SPDX-License-Identifier: MIT */
/*
 * The search for a program and the patience with one that is busy, for the
 * child that executes and for a parent that has posix_spawn() execute.
 */
#ifndef LIBSPAWN_CHILD_EXEC_H
#define LIBSPAWN_CHILD_EXEC_H

#include "child/launch.h"
#include "child/sys.h"

/* Where the search stands. */
struct exec_search {
	struct launch *launch;
	uint32_t refused; /* number of the first one to blame, plus 1 */
	int32_t refusal;  /* what exec said of it */
	uint32_t waited;  /* microseconds, for a program that was busy */
	uint32_t number;  /* of the operation under way, or to blame */
};

/* Tries to execute once: -errno, or what is > 0 when it worked. */
typedef long exec_attempt(struct launch *launch, const struct op *op);

/*
 * exec.c: tries one candidate, the operation of search->number. Returns > 0
 * when it worked, 0 to go on with the next, or -errno, to be blamed on what is
 * search->number then.
 */
CHILD_HIDDEN long libspawn__exec_candidate(struct exec_search *search,
					   const struct op *op,
					   exec_attempt *attempt);
/* The argument list of /bin/sh for a program without a header. */
CHILD_HIDDEN const char *const *libspawn__exec_shell_argv(struct launch *launch,
							  const char *path);

#endif
