/* SPDX-License-Identifier: MIT */
/* Descriptors that are in each other's way. */
#ifndef LIBSPAWN_ENDS_COLLIDE_H
#define LIBSPAWN_ENDS_COLLIDE_H

#include <stddef.h>

#include "ends/made.h"
#include "plan/arena.h"
#include "request/request.h"

/*
 * collide.c: makes the copies, to which the options then point. EBADF for what
 * the caller names and is one of ours.
 */
int libspawn__collide_resolve(struct ends *ends, struct request *request,
			      struct arena *arena, struct failure *failure);
/* What that takes of the arena, for so many rows. */
size_t libspawn__collide_bytes(uint32_t rows);

#endif
