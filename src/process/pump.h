/* SPDX-License-Identifier: MIT */
/* Serves the pipes of a running program, all at once. */
#ifndef LIBSPAWN_PUMP_H
#define LIBSPAWN_PUMP_H

#include <poll.h>
#include <stdint.h>

#include "process/inlet.h"
#include "process/outlet.h"

/*
 * The streams, by the number that the child has them under. So they are told as
 * the index of STEP_CAPTURE, and come before all else in the list for poll().
 */
enum {
	STREAM_NONE = -1,
	STREAM_INPUT,
	STREAM_OUTPUT,
	STREAM_ERROR,
	PUMP_PIPES,
};

/* Those that are read; the stream of outlet n is STREAM_OUTPUT + n. */
enum { PUMP_OUTPUT, PUMP_ERROR, PUMP_OUTLETS };

struct pump {
	struct inlet inlet;
	struct outlet outlets[PUMP_OUTLETS];
	struct pollfd *fds; /* the pipes', then the caller's of this file */
	uint32_t count;	    /* of fds */
	int32_t failed;	    /* the stream that a failure is about, or NONE */
};

/*
 * pump.c: waits until something can be done, for at most so many milliseconds
 * (below 0: for ever), and does it once. 0 or -errno; -EINTR after a signal.
 */
int libspawn__pump_turn(struct pump *pump, int timeout_ms);
/* Whether any of the pipes is open. */
int libspawn__pump_is_open(const struct pump *pump);
/* Reads what there is by now, without waiting. */
int libspawn__pump_drain(struct pump *pump);
void libspawn__pump_close(struct pump *pump);

#endif
