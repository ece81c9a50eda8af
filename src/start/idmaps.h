/* SPDX-License-Identifier: MIT */
/* The maps of ids that a held child can't write itself. */
#ifndef LIBSPAWN_START_IDMAPS_H
#define LIBSPAWN_START_IDMAPS_H

#include "start/story.h"

/*
 * idmaps.c: writes those of the child, with the caller's rights or by the
 * programs that have them, until the deadline. 0, or -errno with the place in
 * start->failure.
 */
int libspawn__idmaps_write(struct start *start, long pid, int64_t deadline);

#endif
