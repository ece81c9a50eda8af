/* SPDX-License-Identifier: MIT */
/*
 * The clone backend: a process on a stack of its own in the caller's memory,
 * which the caller's thread waits for. No handler of pthread_atfork() runs.
 */
#define _GNU_SOURCE
#include <errno.h>

#include "backend/backend.h"
#include "backend/creation.h"
#include "backend/descriptor.h"
#include "backend/detach.h"
#include "backend/fate.h"
#include "backend/judge.h"
#include "backend/shared_table.h"
#include "child/child.h"
#include "child/every_start.h"
#include "child/sys.h"

#if ARCH_CLONE

/* No right, none of that kind in this kernel, or too many. */
static int is_about_namespaces(long code)
{
	return creation_is_refused(code) || code == -ENOSPC || code == -EUSERS;
}

EVERY_START static long clone_shared(struct launch *launch)
{
	const int32_t at = plan_find(launch->plan, OP_BIT(OP_NEW_NAMESPACES));
	uint64_t flags = SYS_CLONE_VM | SYS_CLONE_CHILD_CLEARTID;
	long pid;

	if (!(launch->plan->kinds & OP_BIT(OP_NO_WAIT)))
		flags |= SYS_CLONE_VFORK;
	if (launch->table == TABLE_SHARED)
		flags |= SYS_CLONE_FILES;
	if (at >= 0)
		flags |= launch->plan->ops[at].value;
	pid = libspawn__creation_clone(launch, flags);
	if (at >= 0 && is_about_namespaces(pid))
		return libspawn__creation_refuse(launch, OP_NEW_NAMESPACES,
						 pid);
	return creation_is_refused(pid) ? BACKEND_UNAVAILABLE : pid;
}

/* Its parent is a process that has ended by the time this returns. */
static long start_detached(struct launch *launch)
{
	long pid = libspawn__detach_start(launch, clone_shared);

	if (pid == -ENOTSUP)
		return libspawn__creation_refuse(launch, OP_DETACH, -ENOTSUP);
	return creation_is_refused(pid) ? BACKEND_UNAVAILABLE : pid;
}

/* Before it could do anything, by the kernel that had just created it. */
static int was_killed_in_cgroup(const struct launch *launch, long pid)
{
	return pid > 0 && launch->done & OP_BIT(OP_CGROUP) &&
	       launch->report.state == CHILD_CREATED &&
	       !launch_may_not_wait(launch) && libspawn__fate_has_left(launch);
}

/*
 * Hazard 27. Once more, in its parent's cgroup, from which the child goes: who
 * is moved is not killed.
 */
static long start_outside(struct launch *launch, long killed)
{
	libspawn__judge_reap((pid_t)killed);
	if (launch->pidfd >= 0)
		libspawn__descriptor_close(launch->pidfd);
	launch->pidfd = -1;
	launch->occupied = 1;
	launch->report.fallbacks |= CHILD_NO_CGROUP_AT_CREATION;
	return clone_shared(launch);
}

/* Returns when the child has executed or ended. */
EVERY_START static long start_shared(struct launch *launch)
{
	long pid;

	if (launch->plan->kinds & OP_BIT(OP_DETACH))
		return start_detached(launch);
	if (libspawn__shared_table_fits(launch))
		launch->table = TABLE_SHARED;
	pid = clone_shared(launch);
	return was_killed_in_cgroup(launch, pid) ? start_outside(launch, pid)
						 : pid;
}

/*
 * While the caller goes on: the kernel sets oom_score_adj of all who share the
 * memory, but of a vfork child alone; and who detaches waits. Hazard 16.
 */
EVERY_START static int32_t decline_without_wait(const struct plan *plan)
{
	const uint64_t waits = OP_BIT(OP_OOM_SCORE_ADJ) | OP_BIT(OP_DETACH);

	return plan->kinds & OP_BIT(OP_NO_WAIT) ? plan_find(plan, waits) : -1;
}

const struct backend libspawn__backend_clone = {
	.id = BACKEND_CLONE,
	.shares_memory = 1,
	.takes = SYS_TAKES,
	.declines = decline_without_wait,
	.start = start_shared,
};

#else

const struct backend libspawn__backend_clone = { .id = BACKEND_CLONE };

#endif
