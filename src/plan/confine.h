/* SPDX-License-Identifier: MIT */
/* The steps that keep the program in, each at its place among the others. */
#ifndef LIBSPAWN_PLAN_CONFINE_H
#define LIBSPAWN_PLAN_CONFINE_H

#include "plan/builder.h"

/* confine.c: what is written to /proc while that is still the caller's */
void libspawn__confine_by_proc(struct plan_builder *builder);
/* What the new namespaces are to hold, as soon as they are there. */
void libspawn__confine_namespaces(struct plan_builder *builder);
/* What is the user's, or would be in the way of the steps before. */
void libspawn__confine_process(struct plan_builder *builder);
/* What these take of the arena. */
size_t libspawn__confine_bytes(const struct libspawn_options *options);

#endif
