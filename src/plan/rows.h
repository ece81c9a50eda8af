/* SPDX-License-Identifier: MIT */
/* The rows of the descriptor table in the order of the numbers they make. */
#ifndef LIBSPAWN_PLAN_ROWS_H
#define LIBSPAWN_PLAN_ROWS_H

#include <stddef.h>

#include "plan/arena.h"
#include "request/request.h"

/* rows.c: what sorting takes of the arena */
size_t libspawn__rows_bytes(const struct libspawn_options *options);
/*
 * Adds to the table what is kept, and sorts it into the request. EINVAL: two
 * rows for one number, whatever their kinds, contradict each other.
 */
int libspawn__rows_sort(struct request *request, struct arena *arena,
			struct failure *failure);

#endif
