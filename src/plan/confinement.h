/* SPDX-License-Identifier: MIT */
/* The steps that keep the program in, each at its place among the others. */
#ifndef LIBSPAWN_PLAN_CONFINEMENT_H
#define LIBSPAWN_PLAN_CONFINEMENT_H

#include "plan/builder.h"

/* confinement.c: what is written to /proc while that is still the caller's */
void libspawn__confinement_by_proc(struct plan_builder *builder);
/* What the new namespaces are to hold, as soon as they are there. */
void libspawn__confinement_namespaces(struct plan_builder *builder);
/* What is the user's, or would be in the way of the steps before. */
void libspawn__confinement_process(struct plan_builder *builder);
/* What these take of the arena. */
size_t libspawn__confinement_bytes(const struct libspawn_options *options);

#endif
