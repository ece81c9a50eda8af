/* SPDX-License-Identifier: MIT */
/*
 * Signals are blocked around a start (hazard 1), and the dumpable flag is kept
 * (hazard 4).
 */
#define _GNU_SOURCE
#include "backend/quiet.h"

#include <errno.h>

#include "backend/dumpable.h"
#include "backend/system.h"
#include "child/every_start.h"

static int changes_ids(const struct launch *launch)
{
	return (launch->plan->flags & PLAN_CHANGES_IDS) != 0;
}

/* Without all signals blocked there is no start. */
EVERY_START long libspawn__quiet_begin(struct launch *launch)
{
	long code = system_block_signals(&launch->mask, &launch->high_mask);

	if (code == 0 && changes_ids(launch))
		code = libspawn__dumpable_enter(!launch_may_not_wait(launch));
	if (code == -EAGAIN)
		libspawn__quiet_restore_mask(launch);
	return code;
}

EVERY_START void libspawn__quiet_restore_mask(const struct launch *launch)
{
	sys_set_signal_mask(launch->mask, launch->high_mask);
}

/* The flag first: with the mask a handler of the caller may run again. */
EVERY_START void libspawn__quiet_end(struct launch *launch)
{
	if (changes_ids(launch))
		libspawn__dumpable_leave();
	libspawn__quiet_restore_mask(launch);
}

/* Who went on has its mask, and may be another thread. */
EVERY_START void libspawn__quiet_end_later(struct launch *launch)
{
	if (!launch_may_not_wait(launch))
		libspawn__quiet_end(launch);
	else if (changes_ids(launch))
		libspawn__dumpable_leave();
}
