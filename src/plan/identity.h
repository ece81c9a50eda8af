/* SPDX-License-Identifier: MIT */
/* The steps of who the child is. */
#ifndef LIBSPAWN_PLAN_IDENTITY_H
#define LIBSPAWN_PLAN_IDENTITY_H

#include "plan/builder.h"

/* identity.c: ids, root and capabilities */
void libspawn__identity_plan(struct plan_builder *builder);

#endif
