/* SPDX-License-Identifier: MIT */
/* Whether this system lets a sandbox be made, by making one. */
#ifndef TOOLS_TRIAL_H
#define TOOLS_TRIAL_H

#include "command.h"

#include <stdio.h>

/*
 * trial.c: prints "this system" and "can", or why not. Nothing where no new
 * namespaces are asked for. No program is executed, no file opened.
 */
void print_trial(FILE *stream, const struct command *command);

#endif
