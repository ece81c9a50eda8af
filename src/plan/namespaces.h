/* SPDX-License-Identifier: MIT */
/* The steps of namespaces. */
#ifndef LIBSPAWN_PLAN_NAMESPACES_H
#define LIBSPAWN_PLAN_NAMESPACES_H

#include "plan/builder.h"

/* namespaces.c: those made with the process; all others, in their place */
void libspawn__namespaces_plan_new(struct plan_builder *builder);
void libspawn__namespaces_plan(struct plan_builder *builder);

#endif
