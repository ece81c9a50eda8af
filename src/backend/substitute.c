/* SPDX-License-Identifier: MIT */
/*
 * A process that ends by a signal, in the place of a child that did so before
 * exec and sent its parent no signal. It has a copy of the memory: one that
 * shares it would take its caller along if the signal writes a core.
 */
#define _GNU_SOURCE
#include "backend/substitute.h"

#include <errno.h>
#include <signal.h>

#include "backend/creation.h"
#include "backend/descriptor.h"
#include "backend/judge.h"
#include "backend/quiet.h"
#include "child/sys.h"

#if ARCH_CLONE

/* One that can't be sent, or is above those of a mask, is SIGKILL. */
_Noreturn static CHILD_CODE void die(void *data)
{
	const int32_t *signal = data;
	struct sys_action action;

	sys_fill_action(&action, 0);
	sys_set_action(*signal, &action);
	sys_set_signal_mask(~(UINT64_C(1) << (*signal - 1)), ~UINT64_C(0));
	sys_kill(sys_getpid(), *signal);
	sys_kill(sys_getpid(), SIGKILL);
	sys_exit(127);
}

static long create(struct launch *launch, int32_t signal)
{
	const int has_pidfd = (launch->plan->kinds & OP_BIT(OP_PIDFD)) != 0;
	long pid = has_pidfd && libspawn__creation_lacks_pidfd()
			   ? -ENOTSUP
			   : libspawn__quiet_begin(launch);

	if (pid < 0)
		return pid;
	pid = arch_clone(SIGCHLD | (has_pidfd ? SYS_CLONE_PIDFD : 0),
			 launch->stack + launch->stack_size,
			 has_pidfd ? &launch->pidfd : NULL, NULL, die, &signal);
	libspawn__quiet_end(launch);
	return pid;
}

void libspawn__substitute_dead(struct launch *launch, struct outcome *outcome)
{
	long pid;

	if (outcome->kind != OUTCOME_DIED || launch_is_detached(launch) ||
	    !(launch->plan->flags & PLAN_DEATH_IS_START))
		return;
	pid = create(launch, outcome->signal ? outcome->signal : SIGKILL);
	if (pid <= 0)
		return;
	outcome->kind = OUTCOME_STARTED;
	outcome->pid = (int32_t)pid;
	outcome->code = 0;
	outcome->signal = 0;
	if (launch->pidfd >= 0)
		libspawn__descriptor_move_up(&launch->pidfd);
}

#else

/* Nobody dies unheard there. */
void libspawn__substitute_dead(struct launch *launch, struct outcome *outcome)
{
	(void)launch;
	(void)outcome;
}

#endif
