/* SPDX-License-Identifier: MIT */
/* The parts of the child. Each returns a value >= 0 or -errno. */
#ifndef LIBSPAWN_CHILD_STEPS_H
#define LIBSPAWN_CHILD_STEPS_H

#include "child/launch.h"
#include "child/sys.h"

/* attributes.c: any operation that sets one thing of the process */
CHILD_HIDDEN long libspawn__attribute_set(const struct launch *launch,
					  const struct op *op);

/* parent.c: OP_DIE_TOGETHER, OP_HOLD */
CHILD_HIDDEN long libspawn__parent_die_with(const struct launch *launch,
					    int wanted);
CHILD_HIDDEN long libspawn__parent_await(const struct launch *launch);

/* settings.c: OP_SET and OP_SET_MEMORY */
CHILD_HIDDEN long libspawn__setting_make(const struct op *op);
/* interior.c */
CHILD_HIDDEN long libspawn__interior_map(const struct op *op);
CHILD_HIDDEN long libspawn__interior_mount(const struct op *op);
#if SYS_IS_LINUX
/* remount.c: MOUNT_CHANGE mount by mount; -ENOSYS where it can't be told. */
CHILD_HIDDEN long libspawn__remount(const char *target, const struct op *op,
				    uint32_t clear);
#endif

/* fds.c */
/* Nothing else may be done while the table is shared. */
CHILD_HIDDEN long libspawn__fds_part(struct launch *launch);
CHILD_HIDDEN long libspawn__fds_close_others(struct launch *launch, int first);
CHILD_HIDDEN long libspawn__fds_close_from(struct launch *launch, int first);
/* On op->number, without close-on-exec. */
CHILD_HIDDEN long libspawn__fds_open(const struct op *op);
/* spare becomes to, and is closed. */
CHILD_HIDDEN long libspawn__fds_restore(int spare, int to);
/* 0 also if it was not open, unless op->number is 1. */
CHILD_HIDDEN long libspawn__fds_close(const struct op *op);

#endif
