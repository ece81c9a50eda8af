/* SPDX-License-Identifier: MIT */
/* A plan of its own: nothing in it is borrowed from the caller. */
#ifndef LIBSPAWN_PLAN_OWN_H
#define LIBSPAWN_PLAN_OWN_H

#include "child/plan.h"
#include "plan/arena.h"
#include "plan/text.h"

/* The lists that a plan has borrowed. */
struct plan_lent {
	struct text argv;
	struct text env;
};

/* own.c: what the copy takes of an arena. */
size_t libspawn__plan_measure(const struct plan *plan, struct plan_lent *lent);
/* A copy of the plan and of all that it points to. */
const struct plan *libspawn__plan_own(const struct plan *plan,
				      const struct plan_lent *lent,
				      struct arena *arena);

#endif
