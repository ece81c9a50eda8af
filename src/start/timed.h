/* SPDX-License-Identifier: MIT */
/* A start with a deadline. */
#ifndef LIBSPAWN_START_TIMED_H
#define LIBSPAWN_START_TIMED_H

#include "start/pending.h"
#include "start/story.h"

/*
 * timed.c: begins what has been read, awaits it for start_timeout_ms, and ends
 * it then. 0 and read->process, or -errno with the place in *read.
 */
int libspawn__timed_start(struct start *read);
/* The step that is under way, where the child tells: memory is shared. */
int libspawn__timed_refuse(struct libspawn_pending *pending);

#endif
