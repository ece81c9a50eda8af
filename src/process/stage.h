/* SPDX-License-Identifier: MIT */
/* One stage of a pipeline in the making: its options, its table, its start. */
#ifndef LIBSPAWN_STAGE_H
#define LIBSPAWN_STAGE_H

#include <unistd.h>

#include "process/joined.h"
#include "request/request.h"

/* The rows that a stage's table gets: for 0, 1 and 2. */
enum { STAGE_ROWS = 3 };

struct joining {
	const struct pipeline *pipeline;
	struct libspawn_process *processes; /* pid 0: not there yet */
	struct libspawn_pending **pending;  /* or NULL: it has started */
	struct libspawn_options options;    /* of the stage at hand */
	struct libspawn_fd *rows;	    /* its table, with room for ours */
	int32_t *ends;	    /* what the tables return, before it is told */
	int32_t reading;    /* for the next stage, or -1 */
	int32_t leader;	    /* of the process group, or 0 */
	uint32_t stage;	    /* the number of the one at hand */
	uint32_t first_end; /* of that one, in ends */
	int at_once;	    /* are begun, and awaited when all are */
	struct failure failure;
};

/* stage.c: the options of the stage at hand, checked; 0 or -errno */
int libspawn__stage_read(struct joining *joining);
/*
 * Its table, while nothing of ours is open: 0, or -errno for a row that names
 * what is not, or is in the way of ours.
 */
int libspawn__stage_check(struct joining *joining);
/*
 * Begins it, or starts it where that can't be; 0, or a positive errno value
 * with its error.
 */
int libspawn__stage_start(struct joining *joining,
			  struct libspawn_error *error);
/* Awaits one that was begun; as that. */
int libspawn__stage_finish(struct joining *joining,
			   struct libspawn_error *error);

/* What the next stage was to read, if there is any. */
static inline void stage_close(struct joining *joining)
{
	if (joining->reading >= 0)
		close(joining->reading);
	joining->reading = -1;
}

#endif
