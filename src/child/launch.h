/* SPDX-License-Identifier: MIT */
/*
 * One start of a plan: what parent and child know and tell of it. Both see it
 * when memory is shared.
 */
#ifndef LIBSPAWN_CHILD_LAUNCH_H
#define LIBSPAWN_CHILD_LAUNCH_H

#include <stdint.h>

#include "child/plan.h"

/* report.state: how far the child has come. */
enum child_state {
	CHILD_CREATED,
	CHILD_STARTED,
	CHILD_EXECUTES, /* every operation is done but exec itself */
};

/* report.fallbacks. */
#define CHILD_NO_CLONE3 1u
#define CHILD_NO_CLOSE_RANGE 2u
#define CHILD_NO_CGROUP_AT_CREATION 4u
#define CHILD_NO_SHARED_MEMORY 8u
#define CHILD_WAITED 32u /* the caller, against its wish */
#define CHILD_NO_GROUPS 16u

/* launch.table: whose descriptors the child sees. Hazard 19. */
enum child_table {
	TABLE_COPIED, /* at creation, all of it */
	TABLE_SHARED, /* with the caller, whose it is: not to be touched */
	TABLE_CUT,    /* its own by now, of what is below TABLE_BOUND */
	TABLE_WHOLE,  /* its own by now, of all: it could not be cut */
};

/* What the child says: in launch, and as the one record on the pipe. */
struct report {
	int32_t code;	    /* errno value; 0 while nothing failed */
	uint32_t op;	    /* number of the operation that failed */
	uint32_t state;	    /* enum child_state */
	uint32_t retries;   /* of exec */
	uint32_t fallbacks; /* CHILD_NO_... */
	uint32_t stops;	    /* signals kept from it: bit 0 is signal 1 */
};

/* What is remembered of it, as launch.facts: the rest may differ. */
#define CHILD_LEARNS (CHILD_NO_CLONE3 | CHILD_NO_CLOSE_RANGE)

/*
 * A start, and one attempt at it through one backend, with all that its child
 * may write to. An attempt knows nothing of another: see prepare().
 */
struct launch {
	/* Of the start. */
	const struct plan *plan;
	/* Room for argc + 3 pointers, for PLAN_SHELL_FALLBACK. */
	const char **shell_argv;
	/* The child's stack, for a backend that needs one. */
	char *stack;
	uint64_t stack_size;
	/* Of the attempt, from here on. */
	/* The kernel zeroes it when the child has left this memory. */
	uint32_t occupied;
	struct report report;
	uint64_t done;	    /* kinds of operation that creation has done */
	uint64_t mask;	    /* the caller's signal mask */
	uint64_t high_mask; /* the same beyond signal 64 */
	uint64_t heeded;    /* signals that the child need not set to default */
	uint32_t facts;	    /* KERNEL_..., and CHILD_LEARNS: not to be tried */
	uint32_t registers; /* 1: the child asks that occupied be zeroed */
	uint32_t locked; /* 1: by the child, the pipe, until exec closes it */
	uint32_t announced; /* retries of the last record before exec, plus 1 */
	uint32_t at;	    /* number of the operation under way */
	uint32_t held;	    /* 1: OP_HOLD waits for 0 */
	uint32_t shares;    /* 1: known to, while the caller goes on */
	uint32_t proven;    /* 1: known to zero occupied at exec */
	uint32_t table;	    /* enum child_table */
	/* SIGCHLD, or 0: then nobody hears of it before it has executed. */
	int32_t exit_signal;
	/* When the word of who has executed may be late no longer; or 0. */
	int64_t grace;
	/* When its end of the pipe is awaited no longer (hazard 4); or 0. */
	int64_t patience;
	/* When its change of memory is awaited no longer; or 0. */
	int64_t owning_by;
	int32_t parent_pid; /* for OP_HOLD and OP_DIE_TOGETHER */
	int32_t report_fd;  /* of the pipe; -1: there is none */
	int32_t pidfd;
	int32_t parent_fd; /* for OP_HOLD: the caller's pidfd, if that is had */
	/* Of a detached child: what the kernel and its parent say of it. */
	int32_t created_pid;
	int32_t died_of; /* a signal, or 0 */
	/* What a backend without a child of ours made of the plan. */
	void *translation;
};

static inline int launch_is_detached(const struct launch *launch)
{
	return (launch->plan->kinds & OP_BIT(OP_DETACH)) != 0;
}

static inline int launch_may_not_wait(const struct launch *launch)
{
	return (launch->plan->kinds & OP_BIT(OP_NO_WAIT)) != 0;
}

#endif
