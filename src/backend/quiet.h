/* SPDX-License-Identifier: MIT */
/* Nothing of the caller moves while its child may share its memory. */
#ifndef LIBSPAWN_BACKEND_QUIET_H
#define LIBSPAWN_BACKEND_QUIET_H

#include "child/launch.h"

/* quiet.c: blocks all signals; 0, or -errno: then nothing is changed. */
long libspawn__quiet_begin(struct launch *launch);
void libspawn__quiet_end(struct launch *launch);
/* Of who goes on: the mask at once, all else at the finish. */
void libspawn__quiet_restore_mask(const struct launch *launch);
void libspawn__quiet_end_later(struct launch *launch);

#endif
