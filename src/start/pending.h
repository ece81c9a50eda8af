/* SPDX-License-Identifier: MIT */
/* A start that is under way while its caller goes on. */
#ifndef LIBSPAWN_START_PENDING_H
#define LIBSPAWN_START_PENDING_H

#include "start/story.h"

/* It lies in the block of its start, with all that its child uses. */
struct libspawn_pending {
	struct start start;
	struct creation creation;
	int is_settled;	    /* the child has left, and start.outcome is final */
	int is_handed_over; /* nothing is left of it but memory */
	int32_t owner;	    /* the process that left it */
	int64_t deadline;   /* of start_timeout_ms, from the call on */
	struct libspawn_pending *next; /* of those that were given up */
};

/* pending.c: of what has been read. 0, or -errno with the place in *read. */
int libspawn__pending_begin(struct start *read, struct libspawn_pending **made);
/* The same with cancellation off, and its ends are the caller's at once. */
int libspawn__pending_begin_at_large(struct start *read,
				     struct libspawn_pending **made);
/* What came of it, for a story that outlives it. */
void libspawn__pending_recount(const struct libspawn_pending *pending,
			       struct start *read);
/*
 * 0 when the child has left the memory and start.outcome says what came of it;
 * or -ETIMEDOUT.
 */
int libspawn__pending_settle(struct libspawn_pending *pending,
			     int64_t deadline);
/*
 * Frees it, or -ETIMEDOUT: what the kernel does not let go is left to sweep.
 * -EPERM: it is a program with other ids, and stays as it is.
 */
int libspawn__pending_give_up(struct libspawn_pending *pending);
void libspawn__pending_free(struct libspawn_pending *pending);
/* The same, but not before the kernel has let go of it. */
void libspawn__pending_release_memory(struct libspawn_pending *pending);
/* Leaves it to sweep. */
void libspawn__pending_leave(struct libspawn_pending *pending);
/* Looks again at those that were left; the kernel may have let them go. */
void libspawn__pending_sweep(void);

#endif
