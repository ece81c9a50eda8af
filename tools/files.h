/* SPDX-License-Identifier: MIT */
/* The files of --fd, --stdin, --stdout and --stderr. */
#ifndef TOOLS_FILES_H
#define TOOLS_FILES_H

#include "command.h"

/*
 * Open them all, and let the rows of the table be copies of what was opened:
 * 0, or an errno value with the row that could not be.
 */
int open_files(struct command *command, struct libspawn_error *error);
/* After the start: who reads a FIFO is to see the program close it. */
void close_files(struct command *command);

#endif
