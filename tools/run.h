/* SPDX-License-Identifier: MIT */
/* From the options to the end of the program. */
#ifndef TOOLS_RUN_H
#define TOOLS_RUN_H

#include "command.h"

/* Exit statuses of env(1), timeout(1) and their like. */
enum {
	EXIT_TIMED_OUT = 124,
	EXIT_SETUP = 125,
	EXIT_CANNOT_EXECUTE = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128, /* and the signal's number */
};

/* Run it, and answer with spawn's exit status, or end by the same signal. */
int run_command(struct command *command);

#endif
