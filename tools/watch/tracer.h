/* SPDX-License-Identifier: MIT */
/* The part that ptrace(2) plays. */
#ifndef TOOLS_WATCH_TRACER_H
#define TOOLS_WATCH_TRACER_H

#include "watch.h"

/* Seize spawn itself, which runs on: 0, or an errno value. */
int tracer_begin(struct watch *watch, pid_t starter);
/* Leave it alone again; its children stay. */
void tracer_leave_starter(struct watch *watch);
/* Deal with what has happened, up to a bound. Whether there may be more. */
bool tracer_turn(struct watch *watch);
/*
 * Let those go on whose parents have not told of them in time, each by its own.
 * When to look again; NEVER.
 */
int64_t tracer_release_held(struct watch *watch);

#endif
