/* SPDX-License-Identifier: MIT */
/* Why a child hangs, for a person. */
#ifndef TOOLS_WATCH_TOLD_HANG_H
#define TOOLS_WATCH_TOLD_HANG_H

#include "places.h"

#include <stdio.h>

/* The whole explanation. */
void say_hang(FILE *stream, const struct hang *hang);
/* "for a lock, "config_lock" in server" */
void say_lock(FILE *stream, const struct hang *hang);

#endif
