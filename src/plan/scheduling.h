/* SPDX-License-Identifier: MIT */
/* The steps of when and where the child runs. */
#ifndef LIBSPAWN_PLAN_SCHEDULING_H
#define LIBSPAWN_PLAN_SCHEDULING_H

#include "plan/builder.h"

/* scheduling.c: policy, nice, processors, memory, core, personality */
void libspawn__scheduling_plan(struct plan_builder *builder);
/* What these take of the arena. */
size_t libspawn__scheduling_bytes(const struct libspawn_options *options);

#endif
