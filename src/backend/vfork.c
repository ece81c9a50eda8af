/* SPDX-License-Identifier: MIT */
/*
 * The vfork backend: the same child on the caller's own stack, by the C
 * library's vfork(), which knows the processor's shadow stack. It must hold
 * nothing in its frame that the child might change under the parent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <unistd.h>

#include "backend/backend.h"
#include "child/child.h"
#include "child/sys.h"

#if SYS_HAS_VFORK

/* What a sandbox says of the call itself; all else is a failure. */
static int is_vfork_refusal(int code)
{
	return code == ENOSYS || code == EPERM || code == EINVAL;
}

/*
 * Hazard 7: a frame of its own, which the child, that shares it, never leaves.
 * EINVAL: before Linux 5.19, in a process with a time namespace to come.
 */
__attribute__((noinline)) static long start_vfork(struct launch *launch)
{
	pid_t pid;

	launch->registers = 1;
	pid = vfork();
	if (pid == 0)
		libspawn__child_run(launch);
	if (pid < 0)
		return is_vfork_refusal(errno) ? BACKEND_UNAVAILABLE : -errno;
	return pid;
}

const struct backend libspawn__backend_vfork = {
	.id = BACKEND_VFORK,
	.shares_memory = 1,
	.takes = SYS_TAKES & ~(OP_BIT(OP_PIDFD) | OP_BIT(OP_DETACH)),
	.start = start_vfork,
};

#else

/* Declines everything: it would be a fork that nobody has asked for. */
const struct backend libspawn__backend_vfork = { .id = BACKEND_VFORK };

#endif
