/* SPDX-License-Identifier: MIT */
/* The steps of the descriptor table. */
#ifndef LIBSPAWN_PLAN_TABLE_H
#define LIBSPAWN_PLAN_TABLE_H

#include <stddef.h>

#include "plan/builder.h"

/* table.c */
int libspawn__table_check(const struct libspawn_options *options,
			  struct failure *failure);
/* What table_plan() takes of the arena. */
size_t libspawn__table_bytes(const struct libspawn_options *options);
void libspawn__table_plan(struct plan_builder *builder);
/* Of it, what becomes of descriptors that nobody has named. */
void libspawn__table_plan_others(struct plan_builder *builder);

#endif
