/* SPDX-License-Identifier: MIT */
/*
 * A child that is nobody's here: an intermediate process creates it and ends,
 * and so the child is init's, or the subreaper's.
 */
#ifndef LIBSPAWN_BACKEND_DETACH_H
#define LIBSPAWN_BACKEND_DETACH_H

#include "child/launch.h"
#include "child/sys.h"

#if ARCH_CLONE

/*
 * detach.c: has the intermediate call create(launch), which returns when the
 * child has left the memory, and returns what that did; a child that failed
 * is reaped. -ENOTSUP where memory is not shared: the intermediate could not
 * tell. Sends no SIGCHLD, and is not there for a wait of the caller's.
 */
long libspawn__detach_start(struct launch *launch,
			    long (*create)(struct launch *launch));

#endif

#endif
