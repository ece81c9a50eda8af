/* SPDX-License-Identifier: MIT */
/* Steps that may wait without end, and what becomes of who waits. */
#ifndef LIBSPAWN_PLAN_BLOCKING_H
#define LIBSPAWN_PLAN_BLOCKING_H

#include "plan/builder.h"

/* blocking.c: before the first of them; before one that follows new ids */
void libspawn__blocking_begin(struct plan_builder *builder);
void libspawn__blocking_renew(struct plan_builder *builder);
/* After the last. */
void libspawn__blocking_end(struct plan_builder *builder);

#endif
