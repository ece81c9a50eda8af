/* SPDX-License-Identifier: MIT */
/* A plan of its own: nothing in it is borrowed from the caller. */
#ifndef LIBSPAWN_PLAN_OWN_H
#define LIBSPAWN_PLAN_OWN_H

#include "child/plan.h"

/*
 * own.c: a copy of the plan and of all that it points to, in one piece of
 * memory, which is returned to be freed; NULL if there is none.
 */
void *libspawn__plan_own(const struct plan *plan, const struct plan **own);

#endif
