/* SPDX-License-Identifier: MIT */
/* What a thread waits for, and who could have ended that. */
#ifndef TOOLS_WATCH_LOCKS_H
#define TOOLS_WATCH_LOCKS_H

#include "places.h"

/* Whether nobody outside of its process, and no time, ends the wait. */
bool waits_inside(const struct call *call, pid_t pid);
/* Fill in what the hang's stack and address don't tell. */
void explain_wait(struct hang *hang, struct image **image);

#endif
