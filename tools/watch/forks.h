/* SPDX-License-Identifier: MIT */
/* Which forks are unsafe, and what becomes of their children. */
#ifndef TOOLS_WATCH_FORKS_H
#define TOOLS_WATCH_FORKS_H

#include "watch.h"

/*
 * A task, which is stopped by that event of ptrace(2), has made a process; it
 * has not run yet. False without memory.
 */
bool fork_seen(struct watch *watch, struct task *parent, struct task *newborn,
	       int event);
/* The process has executed something; the old image of it is gone. */
void exec_seen(struct watch *watch, struct process *process);
/* It has ended, with this status of wait(2), and is freed. */
void end_seen(struct watch *watch, struct process *process, int status);

#endif
