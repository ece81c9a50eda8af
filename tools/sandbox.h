/* SPDX-License-Identifier: MIT */
/* The short form: --sandbox. */
#ifndef TOOLS_SANDBOX_H
#define TOOLS_SANDBOX_H

#include "command.h"

/*
 * sandbox.c: the options and rows that --sandbox stands for, before those that
 * were given. 0, or -1 with a complaint.
 */
int finish_sandbox(struct command *command);
/* Is the path this directory, or below it? */
bool is_in(const char *path, const char *directory);

#endif
