/* SPDX-License-Identifier: MIT */
/* Signals to spawn, and job control: what becomes of the programs by them. */
#ifndef TOOLS_CONTROL_H
#define TOOLS_CONTROL_H

#include "command.h"
#include "programs.h"
#include "signals.h"

/* What a signal that has come to spawn is for the programs. */
void hand_on(const struct command *command, struct programs *programs,
	     const struct arrival *arrival);

/* The programs have been stopped by this signal: spawn stops as they did. */
void stop_with(const struct command *command, struct programs *programs,
	       int number);

/* Send it, and see to it that a stopped program can obey. */
void ask_to_end(struct programs *programs, int number, bool groups);

#endif
