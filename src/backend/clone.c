/* SPDX-License-Identifier: MIT */
/*
 * The clone backend: a process on a stack of its own in the caller's memory,
 * which the caller's thread waits for. And the same without sharing, for the
 * fork backend: no handler of pthread_atfork() runs in either.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/creation.h"
#include "backend/detach.h"
#include "backend/shared_table.h"
#include "child/child.h"
#include "child/every_start.h"
#include "child/sys.h"

#if ARCH_CLONE

/* linux/sched.h; with the fields of Linux 5.3, and of 5.7 for cgroup. */
struct clone_args_kernel {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup;
};

enum { SIZE_OF_5_3 = 64, SIZE_OF_5_7 = 88 };

/* What needs no more than being created in this way. */
#define AT_CREATION                                                            \
	(OP_BIT(OP_NO_WAIT) | OP_BIT(OP_DETACH) | OP_BIT(OP_NEW_NAMESPACES))

#define FLAG_PARENT_SETTID UINT64_C(0x100000)
#define FLAG_CLEAR_SIGHAND UINT64_C(0x100000000)
#define FLAG_INTO_CGROUP UINT64_C(0x200000000)

/* An address as clone3(2) takes it, 64 bits on every processor. */
static uint64_t address(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

/* ENOSYS, or what a filter of a sandbox or an older kernel says instead. */
static int is_refusal(long code)
{
	return code == -ENOSYS || code == -EPERM || code == -EINVAL ||
	       code == -E2BIG;
}

/* The plan must have one: plan->kinds says so. */
static int32_t fd_of_cgroup(const struct plan *plan)
{
	return plan->ops[plan_find(plan, OP_BIT(OP_CGROUP))].fd;
}

/* What the kernel does at creation; the child need not. */
EVERY_START static long clone_new(struct launch *launch, uint64_t flags,
				  uint64_t kinds)
{
	struct clone_args_kernel args;
	long size = SIZE_OF_5_3;

	memset(&args, 0, sizeof args);
	args.flags = flags | FLAG_CLEAR_SIGHAND;
	args.child_tid = address(&launch->occupied);
	args.exit_signal = (uint64_t)launch->exit_signal;
	args.stack = address(launch->stack);
	args.stack_size = launch->stack_size;
	if (kinds & OP_BIT(OP_PIDFD)) {
		args.flags |= SYS_CLONE_PIDFD;
		args.pidfd = address(&launch->pidfd);
	}
	if (launch->plan->kinds & OP_BIT(OP_DETACH)) {
		args.flags |= FLAG_PARENT_SETTID;
		args.parent_tid = address(&launch->created_pid);
	}
	if (kinds & OP_BIT(OP_CGROUP)) {
		args.flags |= FLAG_INTO_CGROUP;
		args.cgroup = (uint64_t)fd_of_cgroup(launch->plan);
		size = SIZE_OF_5_7;
	}
	launch->done = kinds | AT_CREATION | OP_BIT(OP_HANDLERS);
	return arch_clone3(&args, size, libspawn__child_run, launch);
}

/* An emulator may know of no children but those that send SIGCHLD. */
static long clone_heard_or_not(struct launch *launch, uint64_t flags,
			       int32_t *told)
{
	char *end = launch->stack + launch->stack_size;
	long pid = arch_clone((long)flags | launch->exit_signal, end, told,
			      &launch->occupied, libspawn__child_run, launch);

	if (pid != -EINVAL || launch->exit_signal)
		return pid;
	launch->exit_signal = SIGCHLD;
	return arch_clone((long)flags | SIGCHLD, end, told, &launch->occupied,
			  libspawn__child_run, launch);
}

/*
 * Leaves the handlers and the cgroup to the child. There is one place for a
 * pidfd and for a pid.
 */
static long clone_old(struct launch *launch, uint64_t flags)
{
	int32_t *told = &launch->pidfd;

	if (launch->plan->kinds & OP_BIT(OP_PIDFD)) {
		if (libspawn__creation_lacks_pidfd())
			return libspawn__creation_refuse(launch, OP_PIDFD,
							 -ENOTSUP);
		flags |= SYS_CLONE_PIDFD;
	}
	if (launch->plan->kinds & OP_BIT(OP_DETACH) &&
	    !(flags & SYS_CLONE_PIDFD)) {
		flags |= FLAG_PARENT_SETTID;
		told = &launch->created_pid;
	}
	launch->done = AT_CREATION | OP_BIT(OP_PIDFD);
	return clone_heard_or_not(launch, flags, told);
}

/* What clone(2) says of a bad cgroup, and not of the call itself. */
static int is_about_cgroup(long code)
{
	return code == -EBADF || code == -EACCES || code == -EBUSY ||
	       code == -EOPNOTSUPP || code == -ENOENT || code == -ENODEV;
}

/* A refusal is noted: the child is to write cgroup.procs. */
static long clone_into_cgroup(struct launch *launch, uint64_t flags)
{
	const uint64_t both = OP_BIT(OP_PIDFD) | OP_BIT(OP_CGROUP);
	long pid = clone_new(launch, flags, launch->plan->kinds & both);

	if (is_about_cgroup(pid))
		return libspawn__creation_refuse(launch, OP_CGROUP, pid);
	if (is_refusal(pid))
		launch->report.fallbacks |= CHILD_NO_CGROUP_AT_CREATION;
	return pid;
}

/*
 * Asks for less and less until the kernel agrees. launch->done says what the
 * one that worked has done.
 */
EVERY_START static long clone_best(struct launch *launch, uint64_t flags)
{
	const uint64_t kinds = launch->plan->kinds;
	long pid = -ENOSYS;

	if (launch->refused & CHILD_NO_CLONE3) {
		if (kinds & OP_BIT(OP_CGROUP))
			launch->report.fallbacks |= CHILD_NO_CGROUP_AT_CREATION;
	} else {
		if (kinds & OP_BIT(OP_CGROUP))
			pid = clone_into_cgroup(launch, flags);
		if (is_refusal(pid))
			pid = clone_new(launch, flags,
					kinds & OP_BIT(OP_PIDFD));
	}
	if (is_refusal(pid)) {
		launch->report.fallbacks |= CHILD_NO_CLONE3;
		pid = clone_old(launch, flags);
		if (pid < 0) /* it may not have been clone3's fault */
			launch->report.fallbacks &= ~CHILD_NO_CLONE3;
	}
	return pid;
}

/* No right, none of that kind in this kernel, or too many. */
static int is_about_namespaces(long code)
{
	return is_refusal(code) || code == -ENOSPC || code == -EUSERS;
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
	pid = clone_best(launch, flags);
	if (at >= 0 && is_about_namespaces(pid))
		return libspawn__creation_refuse(launch, OP_NEW_NAMESPACES,
						 pid);
	return is_refusal(pid) ? BACKEND_UNAVAILABLE : pid;
}

/* Its parent is a process that has ended by the time this returns. */
static long start_detached(struct launch *launch)
{
	long pid = libspawn__detach_start(launch, clone_shared);

	if (pid == -ENOTSUP)
		return libspawn__creation_refuse(launch, OP_DETACH, -ENOTSUP);
	return is_refusal(pid) ? BACKEND_UNAVAILABLE : pid;
}

/* Returns when the child has executed or ended. */
EVERY_START static long start_shared(struct launch *launch)
{
	if (launch->plan->kinds & OP_BIT(OP_DETACH))
		return start_detached(launch);
	if (libspawn__shared_table_fits(launch))
		launch->table = TABLE_SHARED;
	return clone_shared(launch);
}

/* Returns at once; the stack and the launch are the child's own copies. */
static long start_copied(struct launch *launch)
{
	long pid = clone_best(launch, 0);

	return is_refusal(pid) ? BACKEND_UNAVAILABLE : pid;
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
	.takes = OP_BIT(OP_COUNT) - 1,
	.declines = decline_without_wait,
	.start = start_shared,
};

const struct backend libspawn__backend_fork = {
	.id = BACKEND_FORK,
	.takes = (OP_BIT(OP_COUNT) - 1) &
		 ~(OP_BIT(OP_DETACH) | OP_BIT(OP_HOLD) | OP_OF_SANDBOX),
	.start = start_copied,
};

#else

const struct backend libspawn__backend_clone = { .id = BACKEND_CLONE };

#endif
