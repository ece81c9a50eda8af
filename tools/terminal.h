/* SPDX-License-Identifier: MIT */
/* What `spawn` does with terminals: its own, and the pty it made. */
#ifndef TOOLS_TERMINAL_H
#define TOOLS_TERMINAL_H

#include "command.h"

#include <sys/types.h>

/* A new terminal is as spawn's own: its size and modes. */
void finish_window(struct command *command);

/* If standard input is a terminal, make it transparent to the pty. */
void enter_terminal(int pty);
/* Undo that. */
void leave_terminal(void);

/* What a user types for the end of file there. */
char end_of_file_key(int terminal);

/* The group in the foreground of the terminal of --foreground, or -1. */
pid_t foreground_group(const struct command *command);
/* Put that group there again. */
void restore_foreground(const struct command *command, pid_t group);

#endif
