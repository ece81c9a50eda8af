/* SPDX-License-Identifier: MIT */
/* Waiting for the program, and what `spawn` does with signals meanwhile. */
#ifndef TOOLS_WAIT_H
#define TOOLS_WAIT_H

#include "command.h"

/* Before the start: see that the program can be waited for and signalled. */
void prepare_wait(struct command *command);

/* From here on signals for `spawn` are for them. */
void guard_processes(struct libspawn_process *processes, size_t count);

/* From here on --timeout runs. */
void begin_time(const struct command *command);
/* Whether it has run out. */
bool has_timed_out(void);

/* Reap them all: 0 and how the last one ended, or an errno value. */
int wait_processes(struct libspawn_status *status);

#endif
