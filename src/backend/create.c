/* SPDX-License-Identifier: MIT */
/*
 * One start through one backend: nothing of the caller moves while the child
 * may share its memory, and a child that failed leaves nothing behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/descriptor.h"
#include "backend/fate.h"
#include "backend/judge.h"
#include "backend/kernel.h"
#include "backend/report.h"
#include "backend/system.h"

/* ---- Quiet ------------------------------------------------------------- */

/* Hazard 1: without all signals blocked there is no start. */
static long quiet_begin(struct launch *launch)
{
	long code = system_block_signals(&launch->mask, &launch->high_mask);

	if (code == 0 && launch->plan->flags & PLAN_CHANGES_IDS)
		libspawn__kernel_enter_change();
	return code;
}

static int may_not_wait(const struct launch *launch)
{
	return (launch->plan->kinds & OP_BIT(OP_NO_WAIT)) != 0;
}

static void restore_mask(const struct launch *launch)
{
	sys_set_signal_mask(launch->mask, launch->high_mask);
}

/* The flag first: with the mask a handler of the caller may run again. */
static void quiet_end(struct launch *launch)
{
	if (launch->plan->flags & PLAN_CHANGES_IDS)
		libspawn__kernel_leave_change();
	restore_mask(launch);
}

/* At the finish: who went on has its mask, and may be another thread. */
static void quiet_end_later(struct launch *launch)
{
	if (!may_not_wait(launch))
		quiet_end(launch);
	else if (launch->plan->flags & PLAN_CHANGES_IDS)
		libspawn__kernel_leave_change();
}

/* ---- The start --------------------------------------------------------- */

/*
 * A child that may be the caller's although it never executed has its signal
 * from the first; that of another parent will get it.
 */
static int32_t choose_exit_signal(const struct launch *launch)
{
	if (launch->refused & KERNEL_NEEDS_SIGNAL)
		return SIGCHLD;
	if (launch->plan->flags & PLAN_DEATH_IS_START &&
	    !launch_is_detached(launch))
		return SIGCHLD;
	return 0;
}

/* Each backend tried begins anew: nothing is left of the one before. */
static void prepare(struct launch *launch)
{
	memset(&launch->report, 0, sizeof launch->report);
	launch->occupied = 1;
	launch->done = OP_BIT(OP_NO_WAIT);
	launch->at = 0;
	launch->held = (launch->plan->kinds & OP_BIT(OP_HOLD)) != 0;
	launch->registers = 0;
	launch->announced = 0;
	launch->created_pid = 0;
	launch->died_of = 0;
	launch->pidfd = -1;
	launch->refused = libspawn__kernel_facts();
	launch->exit_signal = choose_exit_signal(launch);
}

/*
 * The kernel zeroes the word at exec, where it has: some do so at the end of a
 * process only, and who was killed on the way to exec has proven nothing.
 */
static int has_proven(const struct backend *backend,
		      const struct launch *launch,
		      const struct outcome *outcome)
{
	if (outcome->kind != OUTCOME_STARTED || !backend->shares_memory ||
	    launch->refused & KERNEL_PROVEN(backend->id) ||
	    !libspawn__fate_has_left(launch))
		return 0;
	return launch->exit_signal == 0 ||
	       libspawn__fate_lives_on(outcome->pid);
}

/* What a failed start has shown of the kernel is remembered as well. */
static void learn(const struct backend *backend, const struct launch *launch,
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
 * Without a descriptor to spare, memory has to do, and must be shared: what a
 * child with nothing to do says before it ends has to arrive. It can't show
 * that exec will be seen: that is asked of the kernel, which a child without a
 * signal allows.
 */
static int try_sharing(const struct backend *backend, struct launch *launch)
{
	const struct plan nothing = { 0 };
	struct launch trial = *launch;
	long pid;

	trial.plan = &nothing;
	trial.report_fd = -1;
	if (quiet_begin(&trial) < 0)
		return 0;
	pid = backend->start(&trial);
	quiet_end(&trial);
	if (pid <= 0)
		return 0;
	libspawn__judge_reap((pid_t)pid);
	if (!(launch->refused & KERNEL_NEEDS_SIGNAL))
		launch->exit_signal = 0;
	return __atomic_load_n(&trial.report.code, __ATOMIC_ACQUIRE) != 0;
}

static int is_shortage(int code)
{
	return code == -EMFILE || code == -ENFILE;
}

/*
 * A child that is not waited for must share memory in truth: an emulator that
 * makes a copy of it instead may refuse to do so without VFORK, or end.
 */
static int can_share(const struct backend *backend, struct launch *launch)
{
	const uint32_t shares = KERNEL_SHARES | KERNEL_PROVEN(backend->id);

	if (launch->refused & shares)
		return 1;
	if (!try_sharing(backend, launch))
		return 0;
	libspawn__kernel_learn(KERNEL_SHARES);
	return 1;
}

/* A backend that has proven to share memory needs no pipe any more. */
static int open_report(struct creation *creation, struct outcome *outcome)
{
	const struct backend *backend = creation->backend;
	struct launch *launch = creation->launch;
	struct report_pipe *pipe = &creation->pipe;
	int is_proven = (launch->refused & KERNEL_PROVEN(backend->id)) != 0;
	int code;

	if (is_proven && !(launch->plan->flags & PLAN_POLLED)) {
		libspawn__report_omit(pipe, launch);
		return 0;
	}
	code = libspawn__report_open(pipe, launch, &outcome->op);
	if (is_proven)
		launch->report_fd = -1; /* its end says all */
	if (code == 0)
		return 0;
	if (is_shortage(code) && backend->shares_memory &&
	    try_sharing(backend, launch)) {
		libspawn__report_omit(pipe, launch);
		return 0;
	}
	outcome->kind =
		outcome->op < 0 ? OUTCOME_NO_REPORT : OUTCOME_BAD_SOURCE;
	outcome->code = -code;
	return code;
}

/* What backend->start() returned, where it is no pid. */
static void judge_refusal(const struct creation *creation,
			  struct outcome *outcome)
{
	const struct launch *launch = creation->launch;

	if (creation->pid == BACKEND_UNAVAILABLE) {
		outcome->kind = OUTCOME_DECLINED;
		outcome->code = ENOTSUP;
	} else if (creation->pid < 0) {
		outcome->kind = OUTCOME_NOT_CREATED;
		outcome->code = (int32_t)-creation->pid;
	} else {
		/* Without a process there is a report all the same. */
		outcome->kind = OUTCOME_FAILED;
		outcome->code = launch->report.code;
		outcome->op = (int32_t)launch->report.op;
	}
}

/* Signals are blocked until it is finished, or until it is created. */
static long begin_quietly(struct creation *creation, struct outcome *outcome)
{
	long code = quiet_begin(creation->launch);

	if (code < 0) {
		outcome->kind = OUTCOME_NOT_QUIET;
		outcome->code = (int32_t)-code;
		return code;
	}
	creation->pid = creation->backend->start(creation->launch);
	if (creation->pid > 0) {
		libspawn__report_begin(&creation->pipe, creation->launch);
		if (may_not_wait(creation->launch))
			restore_mask(creation->launch);
		return 0;
	}
	judge_refusal(creation, outcome);
	quiet_end(creation->launch);
	learn(creation->backend, creation->launch, outcome);
	return -1;
}

/* The pipe is opened before signals are blocked, and closed after. */
void libspawn__create_begin(const struct backend *backend,
			    struct creation *creation, struct launch *launch,
			    struct outcome *outcome)
{
	memset(outcome, 0, sizeof *outcome);
	outcome->backend = backend->id;
	outcome->op = -1;
	creation->backend = backend;
	creation->launch = launch;
	creation->pid = 0;
	prepare(launch);
	if (may_not_wait(launch) && backend->shares_memory &&
	    backend->takes & OP_BIT(OP_NO_WAIT) &&
	    !can_share(backend, launch)) {
		outcome->kind = OUTCOME_DECLINED;
		outcome->code = ENOTSUP;
		return;
	}
	if (open_report(creation, outcome) < 0)
		return;
	if (begin_quietly(creation, outcome) == 0)
		return;
	creation->pid = 0;
	libspawn__report_close(&creation->pipe);
}

void libspawn__create_release(struct creation *creation)
{
	struct launch *launch = creation->launch;

	__atomic_store_n(&launch->held, 0, __ATOMIC_RELEASE);
	system_wake(&launch->held);
}

int libspawn__create_finish(struct creation *creation, int64_t deadline,
			    struct outcome *outcome)
{
	struct launch *launch = creation->launch;
	int code = libspawn__report_await(&creation->pipe, launch,
					  creation->pid, deadline);

	if (code < 0)
		return code;
	if (may_not_wait(launch) &&
	    !(creation->backend->takes & OP_BIT(OP_NO_WAIT)))
		launch->report.fallbacks |= CHILD_WAITED;
	libspawn__judge_child(launch, creation->pid, outcome);
	quiet_end_later(launch);
	learn(creation->backend, launch, outcome);
	libspawn__report_close(&creation->pipe);
	return 0;
}
