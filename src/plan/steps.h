/* SPDX-License-Identifier: MIT */
/* The steps of a plan: which operations each option asks of the child. */
#ifndef LIBSPAWN_PLAN_STEPS_H
#define LIBSPAWN_PLAN_STEPS_H

#include "plan/builder.h"

/* steps.c: the operations of every option, in their order */
void libspawn__steps_plan(struct plan_builder *builder,
			  const char *search_list);

#endif
