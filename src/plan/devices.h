/* SPDX-License-Identifier: MIT */
/* LIBSPAWN_MOUNT_DEV. */
#ifndef LIBSPAWN_PLAN_DEVICES_H
#define LIBSPAWN_PLAN_DEVICES_H

#include "plan/builder.h"

/* devices.c: the most operations that one takes */
uint32_t libspawn__devices_ops(void);
void libspawn__devices_plan(struct plan_builder *builder, int32_t row,
			    const struct libspawn_mount *wanted);

#endif
