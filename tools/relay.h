/* SPDX-License-Identifier: MIT */
/* The caller's ends of the pipes and the pty that --fd made. */
#ifndef TOOLS_RELAY_H
#define TOOLS_RELAY_H

#include "command.h"

#include <sys/types.h>

/*
 * Copy standard input into the program's pipe or pty, and its pipes and pty to
 * standard output, until they are closed or pid has ended and is silent.
 */
void relay_ends(const struct command *command, pid_t pid);

#endif
