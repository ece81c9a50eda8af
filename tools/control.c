/* SPDX-License-Identifier: MIT */
/*
 * To the shell, spawn and its programs are one: what is sent to spawn is for
 * them, when they stop so does spawn, and when spawn is continued they are. The
 * terminal's own signals reach them without spawn while they are in its process
 * group.
 */
#define _GNU_SOURCE
#include "control.h"
#include "terminal.h"

#include <signal.h>
#include <unistd.h>

/* A stopped program gets them no sooner than it is continued. */
static bool asks_to_end(int number)
{
	return number == SIGHUP || number == SIGINT || number == SIGQUIT ||
	       number == SIGTERM;
}

void ask_to_end(struct programs *programs, int number, bool groups)
{
	programs_signal(programs, number, groups);
	if (number != SIGKILL)
		programs_signal(programs, SIGCONT, groups);
}

/* What a program sent to its group, or spawn to itself, is no message. */
static bool is_our_own(const struct programs *programs,
		       const struct arrival *arrival)
{
	return arrival->is_sent &&
	       (arrival->sender == getpid() ||
		programs_include(programs, arrival->sender));
}

/* When the terminal goes away, the leader of its session alone is told. */
static bool is_for_leader(int number)
{
	return number == SIGHUP && getsid(0) == getpid();
}

/* A first process never stops: nobody tells that its program has. */
static bool hides_stops(const struct command *command)
{
	return (command->options.flags & LIBSPAWN_INIT) != 0;
}

static bool may_be_stopped(const struct command *command,
			   const struct programs *programs)
{
	return hides_stops(command) || programs_any_stopped(programs);
}

static void pass(const struct command *command, struct programs *programs,
		 int number, bool groups)
{
	if (asks_to_end(number) && may_be_stopped(command, programs))
		ask_to_end(programs, number, groups);
	else
		programs_signal(programs, number, groups);
}

/* ---- Stopping ---------------------------------------------------------- */

/*
 * spawn is in the foreground, or has just been told to go on in the background.
 * In a process group of their own the programs have not been told.
 */
static void go_on(const struct command *command, struct programs *programs)
{
	enter_terminal_again();
	lend_terminal(command, programs_group(programs));
	if (programs_are_apart(programs) || may_be_stopped(command, programs))
		programs_signal(programs, SIGCONT, true);
}

/*
 * As the kernel does for a key: the whole group that would have been stopped if
 * the programs were in it. A stop that nobody could undo has no effect, for
 * them neither; but one that somebody asked for by SIGSTOP is his to undo, and
 * who wants the terminal in the background would only be stopped again.
 */
void stop_with(const struct command *command, struct programs *programs,
	       int number)
{
	bool apart = programs_are_apart(programs);
	int same = number == SIGSTOP ? SIGTSTP : number;

	leave_terminal();
	take_terminal_back(command);
	if (stop_by_signal(same, apart))
		return;
	enter_terminal();
	lend_terminal(command, programs_group(programs));
	if (number == SIGTSTP)
		programs_signal(programs, SIGCONT, true);
}

/* ---- Arrivals ---------------------------------------------------------- */

/*
 * In a session of its own, no key stops a program of ours; elsewhere it may not
 * be told. spawn it stops.
 */
static void note_stop_key(const struct command *command,
			  struct programs *programs)
{
	if (programs->living > 0 &&
	    (hides_stops(command) || !programs_are_in_session(programs)))
		stop_with(command, programs, SIGTSTP);
}

/* What the kernel sends, as for a key, is for all of the programs' groups. */
static void pass_key(const struct command *command, struct programs *programs,
		     const struct arrival *arrival)
{
	int number = arrival->number;

	if (number == SIGALRM)
		return;
	if (arrival->is_early || programs_are_apart(programs) ||
	    is_for_leader(number))
		pass(command, programs, number, true);
	else if (asks_to_end(number) && may_be_stopped(command, programs))
		programs_signal(programs, SIGCONT, true);
}

void hand_on(const struct command *command, struct programs *programs,
	     const struct arrival *arrival)
{
	int number = arrival->number;

	if (number == SIGCHLD || is_our_own(programs, arrival))
		return;
	if (number == SIGCONT) {
		go_on(command, programs);
		return;
	}
	if (number == SIGWINCH && pass_window())
		return;
	if (arrival->is_sent)
		pass(command, programs, number, false);
	else
		pass_key(command, programs, arrival);
	if (number == SIGTSTP)
		note_stop_key(command, programs);
}
