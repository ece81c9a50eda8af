/* SPDX-License-Identifier: MIT */
/* What spawn does while the programs run. */
#ifndef TOOLS_LOOP_H
#define TOOLS_LOOP_H

#include "command.h"
#include "programs.h"
#include "relay.h"

/* Time of the program, and what has come of it. */
struct limit {
	int64_t deadline; /* of what comes next; NEVER */
	int64_t kill_after_us;
	bool is_over;	/* SIGTERM has been sent */
	bool is_killed; /* and SIGKILL */
};

struct loop {
	const struct command *command;
	struct programs *programs;
	struct relay *relay;
	struct limit limit;
	int arrivals; /* a descriptor: see signals.h */
	int ended_by; /* a signal to spawn when no program was left, or 0 */
};

/* Serve the programs to their end: 0, or an errno value. */
int loop_run(struct loop *loop);
/*
 * After that, or a start that failed: signals, also one that has come already,
 * are for spawn as for anybody.
 */
void loop_leave(struct loop *loop);

#endif
