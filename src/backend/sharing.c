/* SPDX-License-Identifier: MIT */
/*
 * Whether memory is shared: learnt from starts, or tried. An emulator may make
 * a copy of it for a child of vfork(), and refuse one without VFORK, or end.
 */
#define _GNU_SOURCE
#include "backend/sharing.h"

#include <signal.h>

#include "backend/fate.h"
#include "backend/judge.h"
#include "backend/kernel.h"
#include "backend/quiet.h"
#include "child/every_start.h"

/*
 * The kernel zeroes the word at exec, where it has: some do so at the end of a
 * process only, and who was killed on the way to exec has proven nothing.
 */
static int has_proven(const struct backend *backend,
		      const struct launch *launch,
		      const struct outcome *outcome)
{
	if (outcome->kind != OUTCOME_STARTED || !backend->shares_memory ||
	    launch->proven || !libspawn__fate_has_left(launch))
		return 0;
	return launch->exit_signal == 0 ||
	       libspawn__fate_lives_on(outcome->pid);
}

/* What a failed start has shown of the kernel is remembered as well. */
EVERY_START void libspawn__sharing_learn(const struct backend *backend,
					 const struct launch *launch,
					 const struct outcome *outcome)
{
	uint32_t facts = launch->report.fallbacks & CHILD_LEARNS;

	if (has_proven(backend, launch, outcome))
		facts |= KERNEL_PROVEN(backend->id);
	if (outcome->kind == OUTCOME_STARTED && backend->shares_memory &&
	    launch->exit_signal && !(launch->plan->flags & PLAN_DEATH_IS_START))
		facts |= KERNEL_NEEDS_SIGNAL;
	libspawn__kernel_learn(facts);
}

/*
 * What a child with nothing to do says before it ends has to arrive. It can't
 * show that exec will be seen: that is asked of the kernel, which a child
 * without a signal allows.
 */
long libspawn__sharing_try(const struct backend *backend,
			   const struct launch *launch)
{
	const struct plan nothing = { 0 };
	struct launch trial = *launch;
	long pid;

	trial.plan = &nothing;
	trial.report_fd = -1;
	trial.exit_signal = launch->facts & KERNEL_NEEDS_SIGNAL ? SIGCHLD : 0;
	pid = libspawn__quiet_begin(&trial);
	if (pid < 0)
		return pid;
	pid = backend->start(&trial);
	libspawn__quiet_end(&trial);
	if (pid <= 0)
		return pid == BACKEND_UNAVAILABLE ? 0 : pid;
	libspawn__judge_reap((pid_t)pid);
	return __atomic_load_n(&trial.report.code, __ATOMIC_ACQUIRE) != 0;
}

long libspawn__sharing_known(const struct backend *backend,
			     const struct launch *launch)
{
	const uint32_t shares = KERNEL_SHARES | KERNEL_PROVEN(backend->id);
	long code;

	if (launch->facts & shares)
		return 1;
	code = libspawn__sharing_try(backend, launch);
	if (code == 1)
		libspawn__kernel_learn(KERNEL_SHARES);
	return code;
}
