/* SPDX-License-Identifier: MIT */
/* When a child that executes has a memory of its own. */
#ifndef LIBSPAWN_BACKEND_OWN_MEMORY_H
#define LIBSPAWN_BACKEND_OWN_MEMORY_H

#include "child/launch.h"

/*
 * own_memory.c: returns when the child of a start that has executed can't be
 * looked into by the caller's dumpable flag any more, or nobody tells: 0, or
 * -ETIMEDOUT at the deadline.
 */
int libspawn__own_memory_await(struct launch *launch, long pid,
			       int64_t deadline);

#endif
