/* SPDX-License-Identifier: MIT */
/* The programs that spawn has started: one, or those of a pipeline. */
#ifndef TOOLS_PROGRAMS_H
#define TOOLS_PROGRAMS_H

#include "command.h"

#include <sys/types.h>

struct program {
	struct libspawn_status status; /* once it has ended */
	int stopped;		       /* by this signal, or 0 */
};

struct programs {
	struct libspawn_process *processes;
	struct program *all; /* in the same order */
	size_t count;
	size_t living;
	bool have_stopped; /* one has, or has ended: those left may all have */
};

/* Room for those of the command: 0, or -1 without memory. */
int programs_prepare(struct programs *programs, const struct command *command);
void programs_release(struct programs *programs);

/* Start them all or none: 0, or an errno value and the error. */
int programs_start(struct programs *programs, const struct command *command,
		   struct libspawn_error *error);

/*
 * See which have ended, been stopped or been continued, and reap those that
 * have ended, with whatever else has become a child of spawn. 0, or the errno
 * value for one that is lost.
 */
int programs_look(struct programs *programs);

/* Whether one of those that are left is, for all that is known. */
bool programs_any_stopped(const struct programs *programs);
/*
 * What stopped them, if all that are left are stopped; else 0. Told once for
 * each time that one is stopped, or ends.
 */
int programs_newly_stopped(struct programs *programs);
/* Whether they are in another process group, or session, than spawn. */
bool programs_are_apart(const struct programs *programs);
bool programs_are_in_session(const struct programs *programs);
/* The process group of the first of them that is left, or -1. */
pid_t programs_group(const struct programs *programs);
bool programs_include(const struct programs *programs, pid_t pid);

/* To each; with their groups, to all of those that one of them has made. */
void programs_signal(struct programs *programs, int number, bool groups);

#endif
