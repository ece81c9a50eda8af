/* SPDX-License-Identifier: MIT */
/* Waiting for the program, and what `spawn` does with signals meanwhile. */
#ifndef TOOLS_WAIT_H
#define TOOLS_WAIT_H

#include "command.h"

#include <sys/resource.h>
#include <sys/types.h>

/* Before the start: see that the program can be waited for and signalled. */
void prepare_wait(struct command *command);

/* From here on signals for `spawn` are for pid. */
void guard_child(pid_t pid);

/* Reap pid: 0 with its wait status and resource usage, or an errno value. */
int wait_child(int *status, struct rusage *usage, pid_t pid);

#endif
