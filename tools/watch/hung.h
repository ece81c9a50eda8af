/* SPDX-License-Identifier: MIT */
/* Children that wait for ever. */
#ifndef TOOLS_WATCH_HUNG_H
#define TOOLS_WATCH_HUNG_H

#include "watch.h"

/* Look at those whose time has come. When to look again; NEVER. */
int64_t look_for_hung(struct watch *watch);
/* A task of an unsafe child, stopped, is about to get this signal. */
void look_before_signal(struct watch *watch, const struct task *task,
			int number);
/* The programs have ended: look at all that are left. */
void look_at_last(struct watch *watch);

#endif
