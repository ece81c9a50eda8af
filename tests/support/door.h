/* SPDX-License-Identifier: MIT */
/*
 * The doors to a start: one call, or two and the caller at large between. And
 * what is left of one that has failed, or was given up.
 */
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

/* Ends it, though the kernel may take more than the library's second. */
void cancel_start(struct libspawn_pending *pending);
/*
 * What the kernel has not let go in that second is seen to by later starts:
 * there are such until no child is left, or the minute is over.
 */
void sweep_starts(void);

#endif
