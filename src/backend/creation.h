/* SPDX-License-Identifier: MIT */
/* What the kernel is to do of a plan when it creates a process by clone(). */
#ifndef LIBSPAWN_BACKEND_CREATION_H
#define LIBSPAWN_BACKEND_CREATION_H

#include <errno.h>

#include "child/launch.h"
#include "child/sys.h"

/* ENOSYS, or what a filter of a sandbox or an older kernel says instead. */
static inline int creation_is_refused(long code)
{
	return code == -ENOSYS || code == -EPERM || code == -EINVAL ||
	       code == -E2BIG;
}

#if ARCH_CLONE

/* Of a stack that a process and its child use at once: the process's. */
enum { UPPER_PART = 16 * 1024 };

/*
 * creation.c: reports the -errno of an operation that is in the way, and that
 * the plan must have. Returns 0: no pid.
 */
long libspawn__creation_refuse(struct launch *launch, enum op_kind kind,
			       long code);
/* Does clone(2) take CLONE_PIDFD for nothing, as it did before Linux 5.2? */
int libspawn__creation_lacks_pidfd(void);
/*
 * Asks for less and less until the kernel agrees. launch->done says what the
 * one that worked has done. A pid, 0 for what is reported, or -errno.
 */
long libspawn__creation_clone(struct launch *launch, uint64_t flags);

#endif

#endif
