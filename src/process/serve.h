/* SPDX-License-Identifier: MIT */
/* A pipeline (of one program, mostly) while it runs. */
#ifndef LIBSPAWN_SERVE_H
#define LIBSPAWN_SERVE_H

#include "process/capture.h"

/* How far stopping has come. */
enum run_phase { RUN_FREE, RUN_ASKED, RUN_KILLED };

struct run {
	struct libspawn_capture capture;
	struct pipeline pipeline;
	struct libspawn_stop_how stop;
	struct pump pump;
	struct libspawn_process *processes; /* by stage */
	struct libspawn_status *statuses;
	enum run_phase phase;
	uint32_t alive;	   /* processes that have not ended */
	uint32_t guesses;  /* of these, that can't wake us */
	uint32_t flags;	   /* of the result */
	int interruptible; /* a signal that is caught ends it */
	int64_t deadline;  /* of the phase */
	int64_t leave;	   /* when we stop to linger; once none is alive */
};

/* serve.c: until it has ended and its streams have. 0 or -errno. */
int libspawn__serve_run(struct run *run);
/* Stops and reaps all that is left of it, at once. */
void libspawn__serve_abandon(struct run *run);

#endif
