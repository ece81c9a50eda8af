/* SPDX-License-Identifier: MIT */
/*
 * PTRACE_INTERRUPT and its answer. A thread that does not stop in time will do
 * so later; the tracer lets it go on then, as it does after any such stop.
 */
#define _GNU_SOURCE
#include "halt.h"
#include "../clock.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

enum { NAP_NS = 50000 };

bool halt_ask(pid_t tid)
{
	return ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) == 0;
}

/* Without memory the event is lost, and with it what it told. */
static void add_event(struct events *events, pid_t tid, int status)
{
	struct event *all = events->all;

	if (events->count == events->room) {
		all = realloc(all, (events->room + 16) * sizeof *all);
		if (all == NULL)
			return;
		events->all = all;
		events->room += 16;
	}
	all[events->count++] = (struct event){ tid, status };
}

bool events_take(struct events *events, struct event *event)
{
	if (events->count == 0)
		return false;
	*event = events->all[0];
	events->count--;
	memmove(events->all, events->all + 1,
		events->count * sizeof *events->all);
	return true;
}

static bool is_answer(int status)
{
	return WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP &&
	       WSTOPSIG(status) == SIGTRAP;
}

bool halt_await(bool *is_ours, struct events *events, pid_t tid,
		int64_t deadline)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	int status;
	pid_t found;

	while ((found = waitpid(tid, &status, __WALL | WNOHANG)) == 0) {
		if (now_us() >= deadline)
			return false;
		nanosleep(&nap, NULL);
	}
	if (found != tid)
		return false;
	*is_ours = is_answer(status);
	if (!*is_ours)
		add_event(events, tid, status);
	return WIFSTOPPED(status);
}

void halt_end(pid_t tid)
{
	ptrace(PTRACE_CONT, tid, NULL, NULL);
}

bool is_stop_signal(int number)
{
	return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN ||
	       number == SIGTTOU;
}
