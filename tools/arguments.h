/* SPDX-License-Identifier: MIT */
/* Reading the command line by the table of options, and printing it as help. */
#ifndef TOOLS_ARGUMENTS_H
#define TOOLS_ARGUMENTS_H

#include "command.h"

#include <stdio.h>

/* Read all arguments: 0, or -1 after printing what is wrong. */
int read_arguments(struct command *command, int argc, char **argv);

void print_help(FILE *stream, bool all);

#endif
