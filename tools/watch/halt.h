/* SPDX-License-Identifier: MIT */
/* Stopping a running thread for a moment, to read its registers. */
#ifndef TOOLS_WATCH_HALT_H
#define TOOLS_WATCH_HALT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What wait(2) has told and nobody has dealt with yet. */
struct event {
	pid_t tid;
	int status;
};

struct events {
	struct event *all;
	size_t count;
	size_t room;
};

/* Ask it to stop; whether it could be asked. */
bool halt_ask(pid_t tid);
/*
 * Wait for that, but not beyond the deadline. Whether it is stopped. If what
 * stopped it is another event, that is added to the events, and it is not ours
 * to let go.
 */
bool halt_await(bool *is_ours, struct events *events, pid_t tid,
		int64_t deadline);
/* Let it run on. */
void halt_end(pid_t tid);

/* The oldest event, if there is one. */
bool events_take(struct events *events, struct event *event);
/* Whether it stops who does nothing about it. */
bool is_stop_signal(int number);

#endif
