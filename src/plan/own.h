/* SPDX-License-Identifier: MIT */
/* A plan of its own: nothing in it is borrowed from the caller. */
#ifndef LIBSPAWN_PLAN_OWN_H
#define LIBSPAWN_PLAN_OWN_H

#include "child/plan.h"

#include "plan/arena.h"

/* own.c: what it takes of an arena. */
size_t libspawn__plan_bytes(const struct plan *plan);
/* A copy of the plan and of all that it points to. */
const struct plan *libspawn__plan_own(const struct plan *plan,
				      struct arena *arena);

#endif
