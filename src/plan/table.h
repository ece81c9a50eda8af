/* SPDX-License-Identifier: MIT */
/* The steps of the descriptor table. */
#ifndef LIBSPAWN_PLAN_TABLE_H
#define LIBSPAWN_PLAN_TABLE_H

#include <stddef.h>

#include "plan/builder.h"

/* table.c */
int libspawn__table_check(const struct libspawn_options *options,
			  struct failure *failure);
/* What the next two take of the arena. */
size_t libspawn__table_bytes(const struct libspawn_options *options);
/*
 * Puts the rows in order, for all who look one up. EINVAL: two for one number,
 * whatever their kinds, contradict each other.
 */
int libspawn__table_sort(struct request *request, struct arena *arena,
			 struct failure *failure);
void libspawn__table_plan(struct plan_builder *builder);

#endif
