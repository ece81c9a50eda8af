/* SPDX-License-Identifier: MIT */
/*
 * The child and the process that made it: to end with that one, and to wait
 * for its leave. Never longer than there is somebody to give it.
 */
#define _GNU_SOURCE
#include <stddef.h>

#include "child/steps.h"
#include "child/sys.h"

/*
 * Hazard 17. Where it can't be had the child does without; a parent that is
 * gone would never cause it.
 */
CHILD_CODE long libspawn__parent_die_with(const struct launch *launch,
					  int wanted)
{
	if (sys_prctl(SYS_PDEATHSIG, wanted ? SYS_SIGKILL : 0, 0) < 0 ||
	    !wanted)
		return 0;
	return sys_has_lost_parent(launch->parent_pid) ? -ESRCH : 0;
}

/* From a pid namespace of its own a child sees it by a descriptor alone. */
static CHILD_CODE int has_lost_caller(const struct launch *launch)
{
	return sys_has_lost_parent(launch->parent_pid) ||
	       (launch->parent_fd >= 0 && sys_has_ended(launch->parent_fd));
}

/* How often it is looked for a caller that has ended. */
enum { LOOK_NS = 100000000 };

/*
 * Until it is released. A caller that has ended will not do that any more. The
 * descriptor is none that the plan may find open.
 */
CHILD_CODE long libspawn__parent_await(const struct launch *launch)
{
	while (__atomic_load_n(&launch->held, __ATOMIC_ACQUIRE)) {
		if (has_lost_caller(launch))
			return -ESRCH;
		sys_wait_while(&launch->held, 1, LOOK_NS);
	}
	if (launch->parent_fd >= 0)
		sys_close(launch->parent_fd);
	return 0;
}
