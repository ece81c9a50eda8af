/* SPDX-License-Identifier: MIT */
/*
 * The vfork backend: what vfork() does, by clone(), which can make a child that
 * nobody hears of; where that is refused, by the C library's vfork(), on the
 * caller's own stack. That must hold nothing in its frame that the child might
 * change under the parent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "backend/backend.h"
#include "backend/creation.h"
#include "child/child.h"
#include "child/sys.h"

#if SYS_HAS_VFORK

/*
 * Hazard 7: a frame of its own, which the child, that shares it, never leaves.
 * EINVAL: before Linux 5.19, in a process with a time namespace to come.
 */
__attribute__((noinline)) static long call_vfork(struct launch *launch)
{
	pid_t pid;

	launch->registers = 1;
	launch->exit_signal = SIGCHLD;
	pid = vfork();
	if (pid == 0)
		libspawn__child_run(launch);
	if (pid < 0)
		return creation_is_refused(-errno) ? BACKEND_UNAVAILABLE
						   : -errno;
	return pid;
}

#if ARCH_CLONE

#define LACKING 0

enum {
	FLAGS_OF_VFORK =
		SYS_CLONE_VM | SYS_CLONE_VFORK | SYS_CLONE_CHILD_CLEARTID
};

static long clone_vfork(struct launch *launch, long flags)
{
	return arch_clone(FLAGS_OF_VFORK | flags | launch->exit_signal,
			  launch->stack + launch->stack_size, &launch->pidfd,
			  &launch->occupied, libspawn__child_run, launch);
}

/* vfork() gives no pidfd, and a later one might be for another process. */
static long clone_with_pidfd(struct launch *launch)
{
	long pid;

	if (libspawn__creation_lacks_pidfd())
		return libspawn__creation_refuse(launch, OP_PIDFD, -ENOTSUP);
	launch->done |= OP_BIT(OP_PIDFD);
	pid = clone_vfork(launch, SYS_CLONE_PIDFD);
	return creation_is_refused(pid) ? BACKEND_UNAVAILABLE : pid;
}

static long start_vfork(struct launch *launch)
{
	long pid;

	if (launch->plan->kinds & OP_BIT(OP_PIDFD))
		return clone_with_pidfd(launch);
	pid = clone_vfork(launch, 0);
	return creation_is_refused(pid) ? call_vfork(launch) : pid;
}

#else

/* There is nothing but vfork(). */
#define LACKING OP_BIT(OP_PIDFD)

static long start_vfork(struct launch *launch)
{
	return call_vfork(launch);
}

#endif

const struct backend libspawn__backend_vfork = {
	.id = BACKEND_VFORK,
	.shares_memory = 1,
	.takes =
		SYS_TAKES & ~(LACKING | OP_BIT(OP_DETACH) | OP_BIT(OP_NO_WAIT) |
			      OP_BIT(OP_HOLD) | OP_OF_SANDBOX),
	.start = start_vfork,
};

#else

/* Declines everything: it would be a fork that nobody has asked for. */
const struct backend libspawn__backend_vfork = { .id = BACKEND_VFORK };

#endif
