/* SPDX-License-Identifier: MIT */
/* The steps of a bare request, and what they share with those of all others. */
#ifndef LIBSPAWN_PLAN_PLAIN_H
#define LIBSPAWN_PLAN_PLAIN_H

#include "plan/builder.h"

/* plain.c */
void libspawn__plain_plan(struct plan_builder *builder);
/* Of all: whether the caller goes on, and the mask, which is always set. */
int libspawn__plain_does_not_wait(const struct request *request);
void libspawn__plain_mask(struct plan_builder *builder);

#endif
