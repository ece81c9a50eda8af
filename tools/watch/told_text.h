/* SPDX-License-Identifier: MIT */
/* The report for a person. */
#ifndef TOOLS_WATCH_TOLD_TEXT_H
#define TOOLS_WATCH_TOLD_TEXT_H

#include "watch.h"

/* Told at once, with WATCH_LIVE. */
void text_place_seen(const struct watch *watch, const struct place *place);
/* Told at once, in every text: somebody waits. */
void text_hang_seen(const struct watch *watch, const struct place *place,
		    const struct hang *hang);
/* The same for one that waits as that child does. */
void text_hang_again(const struct watch *watch, const struct place *place,
		     const struct hang *hang, pid_t pid);
/* The whole of it. */
void text_report(const struct watch *watch);

#endif
