/* SPDX-License-Identifier: MIT */
/* What `spawn` does with terminals: its own, and the pty it made. */
#ifndef TOOLS_TERMINAL_H
#define TOOLS_TERMINAL_H

#include "command.h"

#include <sys/types.h>

/* A new terminal is as spawn's own: its size and modes. */
void finish_window(struct command *command);

/* Whether standard input is a terminal in whose background spawn is. */
bool is_in_background(void);

/* The pty through which the terminal on standard input is used from now on. */
void adopt_pty(int pty);
/* If spawn is in the foreground, make that terminal transparent to the pty. */
void enter_terminal(void);
/* The same after a stop, in which a shell may have changed it. */
void enter_terminal_again(void);
/* Undo that. */
void leave_terminal(void);
/* The user has resized the window around us: false if no pty is to know. */
bool pass_window(void);

/* What a user types for the end of file there. */
char end_of_file_key(int terminal);
/* Open the program's side of a pty, to keep it from hanging up; or -1. */
int hold_pty(int pty);

/*
 * --foreground: the program's group has the terminal, if spawn had it. What is
 * another's by then, after a stop, is lent no more.
 */
void lend_terminal(const struct command *command, pid_t group);
/* Take it back, if it still has it. */
void take_terminal_back(const struct command *command);
/* After a start that failed: from a group that has it but nobody in it. */
void take_terminal_from_nobody(const struct command *command);
/* Whether spawn waits to have it. */
bool waits_for_terminal(const struct command *command);

#endif
