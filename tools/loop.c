/* SPDX-License-Identifier: MIT */
/*
 * One loop for all that can happen: a signal has come, a program has ended or
 * stopped, bytes can be moved, time has run out. It ends when no program is
 * left and all that they wrote is written.
 */
#define _GNU_SOURCE
#include "loop.h"
#include "clock.h"
#include "control.h"
#include "signals.h"
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

/* How often to look whether the shell has put spawn in the foreground. */
#define LOOK_US 100000

/* ---- Time -------------------------------------------------------------- */

/* A program that leads a group is ended with it, as timeout(1) does. */
static void look_at_clock(struct loop *loop)
{
	struct limit *limit = &loop->limit;

	if (loop->programs->living == 0 || now_us() < limit->deadline)
		return;
	limit->is_killed = limit->is_over;
	limit->is_over = true;
	ask_to_end(loop->programs, limit->is_killed ? SIGKILL : SIGTERM, true);
	limit->deadline =
		limit->is_killed ? NEVER : deadline_after(limit->kill_after_us);
}

/* ---- Signals ----------------------------------------------------------- */

/* When no program is left, they are for spawn itself, which still writes. */
static void obey(struct loop *loop, int number)
{
	if (number == SIGHUP || number == SIGINT || number == SIGQUIT ||
	    number == SIGTERM)
		loop->ended_by = number;
	else if (number == SIGTSTP)
		stop_by_signal(number, false);
}

/* What came when programs were there was for them, however they ended. */
static void note_arrivals(struct loop *loop, bool had_programs)
{
	struct arrival arrival;

	while (next_arrival(&arrival)) {
		if (had_programs)
			hand_on(loop->command, loop->programs, &arrival);
		else
			obey(loop, arrival.number);
	}
}

/* Signals depend on what has happened to the programs, and change it. */
static int note_events(struct loop *loop)
{
	struct programs *programs = loop->programs;
	bool had_programs = programs->living > 0;
	int failed = programs_look(programs);
	int stopped;

	note_arrivals(loop, had_programs);
	look_at_clock(loop);
	if (!failed)
		failed = programs_look(programs);
	stopped = programs_newly_stopped(programs);
	if (programs->living == 0) {
		note_arrivals(loop, had_programs);
		/* Keys that end spawn itself are signals again. */
		leave_terminal();
		take_terminal_back(loop->command);
		loop->limit.deadline = NEVER;
		end_nudging();
		relay_programs_ended(loop->relay);
	} else if (stopped != 0) {
		stop_with(loop->command, programs, stopped);
	}
	return failed;
}

/* ---- The loop ---------------------------------------------------------- */

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* In the background nothing is read of the terminal, which is another's. */
static bool look_for_terminal(struct loop *loop, bool reads)
{
	if (loop->programs->living == 0)
		return false;
	if (waits_for_terminal(loop->command))
		lend_terminal(loop->command, programs_group(loop->programs));
	if (reads)
		enter_terminal();
	return waits_for_terminal(loop->command) || !reads;
}

static int turn(struct loop *loop, struct pollfd *polled)
{
	bool reads = loop->relay->count == 0 || !is_in_background();
	int64_t until =
		sooner(loop->limit.deadline, relay_deadline(loop->relay));
	size_t count;

	if (look_for_terminal(loop, reads))
		until = sooner(until, deadline_after(LOOK_US));
	polled[0].fd = loop->arrivals;
	polled[0].events = POLLIN;
	polled[0].revents = 0;
	count = 1 + relay_watch(loop->relay, &polled[1], reads);
	if (poll(polled, (nfds_t)count, milliseconds_until(until)) >= 0)
		relay_turn(loop->relay, &polled[1]);
	else if (errno != EINTR)
		return errno;
	if (polled[0].revents == 0 && now_us() < loop->limit.deadline)
		return 0;
	return note_events(loop);
}

static bool goes_on(const struct loop *loop)
{
	return loop->ended_by == 0 &&
	       (loop->programs->living > 0 || relay_is_open(loop->relay));
}

int loop_run(struct loop *loop)
{
	size_t most = 1 + STREAM_POLLED * loop->relay->count;
	struct pollfd *polled = calloc(most, sizeof *polled);
	int failed = polled == NULL ? ENOMEM : 0;

	/* While it is a zombie at least, its group is known. */
	lend_terminal(loop->command, programs_group(loop->programs));
	adopt_pty(loop->relay->pty);
	begin_nudging(loop->limit.deadline);
	failed = failed ? failed : note_events(loop);
	while (failed == 0 && goes_on(loop))
		failed = turn(loop, polled);
	end_nudging();
	leave_terminal();
	take_terminal_back(loop->command);
	free(polled);
	return failed;
}

void loop_leave(struct loop *loop)
{
	leave_signals();
	note_arrivals(loop, false);
}
