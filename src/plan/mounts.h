/* SPDX-License-Identifier: MIT */
/* The steps of the mount table. */
#ifndef LIBSPAWN_PLAN_MOUNTS_H
#define LIBSPAWN_PLAN_MOUNTS_H

#include <stddef.h>

#include "plan/builder.h"

/* mounts.c: bounds for what its plan takes, in operations and of the arena */
uint32_t libspawn__mounts_ops(const struct libspawn_options *options);
size_t libspawn__mounts_bytes(const struct libspawn_options *options);
void libspawn__mounts_plan(struct plan_builder *builder);

#endif
