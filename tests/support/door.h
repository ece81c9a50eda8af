/* SPDX-License-Identifier: MIT */
/* The doors to a start: one call, or two and the caller at large between. */
#ifndef DOOR_H
#define DOOR_H

#include <libspawn.h>

/*
 * libspawn_start(), or if LIBSPAWN_DOOR is "begin" the same by libspawn_begin()
 * and libspawn_finish(): between them all that was handed over is unmapped. A
 * backend that can only wait may do so, and must say so.
 */
int start_through_door(struct libspawn_process *process, const char *program,
		       char *const argv[],
		       const struct libspawn_options *options,
		       struct libspawn_error *error);

#endif
