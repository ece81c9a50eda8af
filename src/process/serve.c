/* SPDX-License-Identifier: MIT */
/*
 * A running pipeline from its start to its end: turns the pump, notes which
 * processes have ended, asks and then kills those that should have, and gives
 * up streams that somebody else holds. Reaps when all have ended, so that until
 * then the number of the group is its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "deadline.h"
#include "process/end.h"
#include "process/process.h"
#include "process/serve.h"
#include "process/stop.h"

/* How long to sleep at most while a process can't wake us. */
enum { GUESS_MS = 10 };
/* Unless the caller says how long: for what is still on its way. */
enum { LINGER_MS = 100 };

static struct pollfd *watch_of(const struct run *run, uint32_t stage)
{
	return &run->pump.fds[PUMP_PIPES + stage];
}

/* ---- Stopping ---------------------------------------------------------- */

static int is_alive(const struct run *run, uint32_t stage)
{
	struct libspawn_status status;

	return libspawn__process_look(&run->processes[stage], 0, &status) == 0;
}

/*
 * Once to each: to the group, or if there is none, one by one. SIGKILL goes to
 * each all the same: of a group, only some may be reached.
 */
static void send_all(struct run *run, int32_t number, uint32_t took)
{
	int32_t to_each = number;
	uint32_t n;

	if (run->stop.flags & LIBSPAWN_STOP_GROUP &&
	    libspawn_signal(&run->processes[0], number,
			    LIBSPAWN_SIGNAL_GROUP) == 0 &&
	    number != SIGKILL)
		to_each = 0;
	for (n = 0; n < run->pipeline.count; n++)
		if (libspawn_signal(&run->processes[n], to_each, 0) != 0)
			run->statuses[n].flags &= ~took;
}

/* For the status: what it took, of those that it reached while they lived. */
static void signal_all(struct run *run, int32_t number, uint32_t took)
{
	uint32_t n;

	for (n = 0; n < run->pipeline.count; n++)
		if (is_alive(run, n))
			run->statuses[n].flags |= took;
	send_all(run, number, took);
}

/* It may read and write on meanwhile: that is how many a program ends. */
static void ask_all(struct run *run)
{
	run->phase = RUN_ASKED;
	run->deadline = libspawn__deadline_after(run->stop.grace_ms);
	if (run->stop.grace_ms == 0)
		return;
	signal_all(run, run->stop.signal, LIBSPAWN_STATUS_ASKED);
	signal_all(run, SIGCONT, 0);
}

static void kill_all(struct run *run)
{
	run->phase = RUN_KILLED;
	run->deadline = DEADLINE_NEVER;
	signal_all(run, SIGKILL, LIBSPAWN_STATUS_FORCED);
}

/* ---- Ends -------------------------------------------------------------- */

/* Of the first, what is left of its group or cgroup goes too. */
static void reap_process(struct run *run, uint32_t stage)
{
	struct libspawn_stop_how how = run->stop;
	struct libspawn_status *status = &run->statuses[stage];
	uint32_t took = status->flags;

	how.grace_ms = 0;
	if (run->phase != RUN_FREE && stage == 0)
		libspawn__stop(&run->processes[stage], &how, status);
	/* One of another user ends when it wants to, and is reaped then. */
	if (!libspawn__end_is_told(&run->processes[stage]))
		libspawn_wait(&run->processes[stage], LIBSPAWN_FOREVER, status);
	libspawn__stop_note(status, took);
}

/* Who was stopped lingers for a while at most, whatever the caller said. */
static int64_t linger_time(const struct run *run)
{
	if (!(run->capture.flags & LIBSPAWN_CAPTURE_LINGER) ||
	    (run->phase != RUN_FREE && run->capture.linger_ms < 0))
		return LINGER_MS;
	return run->capture.linger_ms;
}

static void reap_all(struct run *run)
{
	uint32_t n;

	for (n = 0; n < run->pipeline.count; n++)
		reap_process(run, n);
	run->leave = libspawn__deadline_after(linger_time(run));
	if (run->phase == RUN_FREE && run->deadline < run->leave)
		run->leave = run->deadline;
}

/*
 * A descriptor that wakes us for a process that has not ended yet, as a tracer
 * has it, would wake us for ever: from then on we look again and again.
 */
static int look_at_stage(struct run *run, uint32_t stage)
{
	struct pollfd *watch = watch_of(run, stage);

	if (is_alive(run, stage)) {
		if (watch->fd >= 0) {
			watch->fd = -1;
			run->guesses++;
		}
		return 0;
	}
	if (watch->fd < 0)
		run->guesses--;
	watch->fd = -1;
	watch->events = 0;
	return 1;
}

/* watch->events is 0 for those of which the end is known. */
static void note_ends(struct run *run)
{
	uint32_t n;

	if (run->alive == 0)
		return;
	for (n = 0; n < run->pipeline.count; n++) {
		const struct pollfd *watch = watch_of(run, n);

		if (watch->events && (watch->fd < 0 || watch->revents) &&
		    look_at_stage(run, n))
			run->alive--;
	}
	if (run->alive == 0)
		reap_all(run);
}

/* ---- Turning ----------------------------------------------------------- */

/* No longer than there is something to be done, rounded up. */
static int sleep_time(const struct run *run)
{
	int64_t left = libspawn__deadline_left(run->alive ? run->deadline
							  : run->leave);

	if (run->guesses > 0 && left > GUESS_MS * NS_PER_MS)
		return GUESS_MS;
	if (left == DEADLINE_NEVER)
		return -1;
	left = (left + NS_PER_MS - 1) / NS_PER_MS;
	return left < INT_MAX ? (int)left : INT_MAX;
}

static int is_cut(const struct run *run)
{
	return libspawn__outlet_is_cut(&run->pump.outlets[PUMP_OUTPUT]) ||
	       libspawn__outlet_is_cut(&run->pump.outlets[PUMP_ERROR]);
}

static void note_time(struct run *run)
{
	int is_over = libspawn__deadline_left(run->deadline) == 0;

	if (run->alive == 0)
		return;
	if (run->phase == RUN_FREE && is_over) {
		run->flags |= LIBSPAWN_RUN_TIMED_OUT;
		ask_all(run);
	} else if (run->phase == RUN_FREE && is_cut(run) &&
		   run->capture.flags & LIBSPAWN_CAPTURE_STOP_AT_LIMIT) {
		ask_all(run);
	}
	if (run->phase == RUN_ASKED &&
	    libspawn__deadline_left(run->deadline) == 0)
		kill_all(run);
}

static int is_served(const struct run *run)
{
	if (run->alive > 0)
		return 0;
	return !libspawn__pump_is_open(&run->pump) ||
	       libspawn__deadline_left(run->leave) == 0;
}

/* A descriptor for each to wake us; without one, we look again and again. */
static void watch_all(struct run *run)
{
	uint32_t n;

	run->alive = run->pipeline.count;
	for (n = 0; n < run->pipeline.count; n++) {
		struct libspawn_process *process = &run->processes[n];

		if (process->pidfd < 0)
			process->pidfd = libspawn__process_open_child(process);
		if (process->pidfd < 0)
			process->pidfd = -1;
		run->guesses += process->pidfd < 0;
		watch_of(run, n)->fd = process->pidfd;
		watch_of(run, n)->events = POLLIN;
	}
}

/* What is left to do after a signal must not be ended by another. */
static void take_interruptible(struct run *run)
{
	uint32_t n;

	for (n = 0; n < run->pipeline.count; n++) {
		run->interruptible |=
			libspawn__end_is_interruptible(&run->processes[n]);
		run->processes[n].flags &= ~LIBSPAWN_PROCESS_INTERRUPTIBLE;
	}
}

int libspawn__serve_run(struct run *run)
{
	int code = 0;

	take_interruptible(run);
	watch_all(run);
	run->deadline = DEADLINE_NEVER;
	if (run->capture.timeout_ms > 0)
		run->deadline =
			libspawn__deadline_after(run->capture.timeout_ms);
	while (code == 0 && !is_served(run)) {
		code = libspawn__pump_turn(&run->pump, sleep_time(run));
		if (code == -EINTR && !run->interruptible)
			code = 0;
		note_ends(run);
		note_time(run);
	}
	if (code == 0)
		code = libspawn__pump_drain(&run->pump);
	return code;
}

void libspawn__serve_abandon(struct run *run)
{
	if (run->alive == 0)
		return;
	kill_all(run);
	reap_all(run);
}
