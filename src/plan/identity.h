/* SPDX-License-Identifier: MIT */
/* The steps of who the child is, and where. */
#ifndef LIBSPAWN_PLAN_IDENTITY_H
#define LIBSPAWN_PLAN_IDENTITY_H

#include "plan/builder.h"

/* identity.c: ids and capabilities, root and directory, its parent's death */
void libspawn__identity_plan(struct plan_builder *builder);

#endif
