/* SPDX-License-Identifier: MIT */
/* Descriptors that are in each other's way. */
#ifndef LIBSPAWN_ENDS_COLLIDE_H
#define LIBSPAWN_ENDS_COLLIDE_H

#include "ends/made.h"
#include "request/request.h"

/*
 * collide.c: makes the copies, to which the options then point. EBADF for what
 * the caller names and is one of ours.
 */
int libspawn__collide_resolve(struct ends *ends,
			      struct libspawn_options *options,
			      struct failure *failure);

#endif
