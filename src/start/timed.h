/* SPDX-License-Identifier: MIT */
/* A start with a deadline. */
#ifndef LIBSPAWN_START_TIMED_H
#define LIBSPAWN_START_TIMED_H

#include "start/story.h"

/*
 * timed.c: begins what has been read, awaits it for start_timeout_ms, and ends
 * it then. An errno value, told in *error; or 0.
 */
int libspawn__timed_start(struct start *read, struct libspawn_process *process,
			  struct libspawn_error *error);

#endif
