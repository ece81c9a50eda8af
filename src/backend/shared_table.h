/* SPDX-License-Identifier: MIT */
/* Whether a child begins with the caller's own table of descriptors. */
#ifndef LIBSPAWN_BACKEND_SHARED_TABLE_H
#define LIBSPAWN_BACKEND_SHARED_TABLE_H

#include "backend/backend.h"
#include "child/sys.h"

/* shared_table.c: of a launch through the clone backend, whose caller waits. */
int libspawn__shared_table_fits(const struct launch *launch);
/*
 * Whether the child got none of its own and so has done nothing: it is to be
 * started again, and none shares any more.
 */
int libspawn__shared_table_was_kept(const struct launch *launch,
				    const struct outcome *outcome);

#endif
