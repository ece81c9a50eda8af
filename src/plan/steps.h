/* SPDX-License-Identifier: MIT */
/* The steps of a plan: which operations each option asks of the child. */
#ifndef LIBSPAWN_PLAN_STEPS_H
#define LIBSPAWN_PLAN_STEPS_H

#include <stddef.h>

#include "plan/builder.h"

/* steps.c: the operations of every option, in their order */
int libspawn__steps_plan(struct plan_builder *builder, const char *search_list);

/* identity.c: ids, root and capabilities */
void libspawn__identity_plan(struct plan_builder *builder);

/* table.c: the descriptor table */
int libspawn__table_check(const struct libspawn_options *options,
			  struct failure *failure);
/* What table_plan() takes of the arena. */
size_t libspawn__table_bytes(const struct libspawn_options *options);
/* Two rows for one number are found here, where they are sorted: EINVAL. */
int libspawn__table_plan(struct plan_builder *builder);

#endif
