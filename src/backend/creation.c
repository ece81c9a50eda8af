/* SPDX-License-Identifier: MIT */
/*
 * Asks the kernel for a process, by clone3(2) or clone(2). What belongs to the
 * plan and can be done at creation is done there; the child does the rest.
 */
#define _GNU_SOURCE
#include "backend/creation.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "backend/descriptor.h"
#include "child/child.h"
#include "child/every_start.h"
#include "child/sys.h"

#if ARCH_CLONE

long libspawn__creation_refuse(struct launch *launch, enum op_kind kind,
			       long code)
{
	launch->report.code = (int32_t)-code;
	launch->report.op = (uint32_t)plan_find(launch->plan, OP_BIT(kind));
	return 0;
}

/* Linux before 5.3, of which 5.2 takes the flag: it has no pidfd_open(). */
int libspawn__creation_lacks_pidfd(void)
{
	int fd = sys_pidfd_open(sys_getpid());

	if (fd >= 0)
		libspawn__descriptor_close(fd);
	return fd == -ENOSYS;
}

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
	if (creation_is_refused(pid))
		launch->report.fallbacks |= CHILD_NO_CGROUP_AT_CREATION;
	return pid;
}

/* By clone3(), in the cgroup if that can be had. */
static long clone_by_new(struct launch *launch, uint64_t flags)
{
	const uint64_t kinds = launch->plan->kinds;
	long pid = -ENOSYS;

	if (launch->facts & CHILD_NO_CLONE3) {
		if (kinds & OP_BIT(OP_CGROUP))
			launch->report.fallbacks |= CHILD_NO_CGROUP_AT_CREATION;
		return pid;
	}
	if (kinds & OP_BIT(OP_CGROUP) &&
	    !(launch->report.fallbacks & CHILD_NO_CGROUP_AT_CREATION))
		pid = clone_into_cgroup(launch, flags);
	if (creation_is_refused(pid))
		pid = clone_new(launch, flags, kinds & OP_BIT(OP_PIDFD));
	return pid;
}

/* What is noted is noted before: a child that is a copy reports it. */
EVERY_START long libspawn__creation_clone(struct launch *launch, uint64_t flags)
{
	long pid = clone_by_new(launch, flags);

	if (!creation_is_refused(pid))
		return pid;
	launch->report.fallbacks |= CHILD_NO_CLONE3;
	pid = clone_old(launch, flags);
	if (pid < 0) /* it may not have been clone3's fault */
		launch->report.fallbacks &= ~CHILD_NO_CLONE3;
	return pid;
}

#endif
