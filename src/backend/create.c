/* SPDX-License-Identifier: MIT */
/*
 * One start through one backend: nothing of the caller moves while the child
 * may share its memory, and a child that failed leaves nothing behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "backend/backend.h"
#include "backend/descriptor.h"
#include "backend/fate.h"
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

/* The flag first: with the mask a handler of the caller may run again. */
static void quiet_end(struct launch *launch)
{
	if (launch->plan->flags & PLAN_CHANGES_IDS)
		libspawn__kernel_leave_change();
	sys_set_signal_mask(launch->mask, launch->high_mask);
}

/* ---- The end of a child that failed ------------------------------------ */

/*
 * Its own pid and no WNOHANG: a vfork parent is released before its child can
 * be waited for. One that has not executed has no signal, and is not found by
 * an ordinary wait. ECHILD: SIGCHLD is ignored, or somebody else was faster.
 */
static int32_t reap(pid_t pid)
{
	int status = 0;
	pid_t reaped;

	do
		reaped = waitpid(pid, &status, SYSTEM_WAIT_ALL);
	while (reaped < 0 && errno == EINTR);
	return reaped == pid && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static int is_detached(const struct launch *launch)
{
	return (launch->plan->kinds & OP_BIT(OP_DETACH)) != 0;
}

/*
 * Only one that sends its signal can be left to the caller as it is. What the
 * report can't tell is asked: a death in exec itself.
 */
static int has_died(struct launch *launch, long pid)
{
	if (launch->exit_signal && launch->plan->flags & PLAN_DEATH_IS_START)
		return 0;
	if (launch->report.state < CHILD_EXECUTES)
		return 1;
	return launch->exit_signal == 0 && !is_detached(launch) &&
	       libspawn__fate_ended_before_exec(launch, pid);
}

/* Hazard 14: it has executed, and gets what was kept from it. */
static void pass_on_stops(const struct launch *launch, pid_t pid)
{
	int number;

	for (number = 1; launch->report.stops >> (number - 1); number++)
		if (launch->report.stops >> (number - 1) & 1)
			kill(pid, number);
}

/*
 * One that started is the caller's. The kernel takes the lowest number for a
 * pidfd, which may be that of a closed standard stream.
 */
static void note_started(struct launch *launch, pid_t pid,
			 struct outcome *outcome)
{
	outcome->kind = OUTCOME_STARTED;
	if (launch->pidfd >= 0)
		libspawn__descriptor_move_up(&launch->pidfd);
	pass_on_stops(launch, pid);
}

/* One that failed is reaped here, and its pidfd closed. */
static void note_failed(struct launch *launch, pid_t pid,
			struct outcome *outcome)
{
	/* The parent of a detached child has reaped it. */
	int32_t signal = is_detached(launch) ? launch->died_of : reap(pid);

	if (outcome->kind == OUTCOME_DIED)
		outcome->signal = signal;
	if (launch->pidfd >= 0)
		libspawn__descriptor_close(launch->pidfd);
	launch->pidfd = -1;
}

/* Reads the final report. */
static void judge_child(struct launch *launch, long pid,
			struct outcome *outcome)
{
	const struct report *report = &launch->report;

	outcome->pid = (int32_t)pid;
	if (report->code) {
		outcome->kind = OUTCOME_FAILED;
		outcome->code = report->code;
		outcome->op = (int32_t)report->op;
	} else if (has_died(launch, pid)) {
		outcome->kind = OUTCOME_DIED;
		outcome->code = ECANCELED;
	} else {
		note_started(launch, (pid_t)pid, outcome);
		return;
	}
	note_failed(launch, (pid_t)pid, outcome);
}

/* ---- The start --------------------------------------------------------- */

/*
 * From here to the return, all signals are blocked. Awaits the child's exec or
 * end.
 */
static void start_quietly(const struct backend *backend, struct launch *launch,
			  struct report_pipe *pipe, struct outcome *outcome)
{
	long pid = backend->start(launch);

	if (pid == BACKEND_UNAVAILABLE) {
		outcome->kind = OUTCOME_DECLINED;
		outcome->code = ENOTSUP;
	} else if (pid < 0) {
		outcome->kind = OUTCOME_NOT_CREATED;
		outcome->code = (int32_t)-pid;
	} else if (pid == 0) {
		/* Without a process there is a report all the same. */
		outcome->kind = OUTCOME_FAILED;
		outcome->code = launch->report.code;
		outcome->op = (int32_t)launch->report.op;
	} else {
		libspawn__report_await(pipe, launch, pid);
		judge_child(launch, pid, outcome);
	}
}

/*
 * A child that may be the caller's although it never executed has its signal
 * from the first; that of another parent will get it.
 */
static int32_t choose_exit_signal(const struct launch *launch)
{
	if (launch->refused & KERNEL_NEEDS_SIGNAL)
		return SIGCHLD;
	if (launch->plan->flags & PLAN_DEATH_IS_START && !is_detached(launch))
		return SIGCHLD;
	return 0;
}

/* Each backend tried begins anew: nothing is left of the one before. */
static void prepare(struct launch *launch)
{
	memset(&launch->report, 0, sizeof launch->report);
	launch->occupied = 1;
	launch->done = 0;
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
	reap((pid_t)pid);
	if (!(launch->refused & KERNEL_NEEDS_SIGNAL))
		launch->exit_signal = 0;
	return __atomic_load_n(&trial.report.code, __ATOMIC_ACQUIRE) != 0;
}

static int is_shortage(int code)
{
	return code == -EMFILE || code == -ENFILE;
}

/* A backend that has proven to share memory needs no pipe any more. */
static int open_report(const struct backend *backend, struct launch *launch,
		       struct report_pipe *pipe, struct outcome *outcome)
{
	int code;

	if (libspawn__kernel_facts() & KERNEL_PROVEN(backend->id)) {
		libspawn__report_omit(pipe, launch);
		return 0;
	}
	code = libspawn__report_open(pipe, launch, &outcome->op);
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

/* The pipe is opened before signals are blocked, and closed after. */
void libspawn__create(const struct backend *backend, struct launch *launch,
		      struct outcome *outcome)
{
	struct report_pipe pipe;
	long code;

	memset(outcome, 0, sizeof *outcome);
	outcome->backend = backend->id;
	outcome->op = -1;
	prepare(launch);
	if (open_report(backend, launch, &pipe, outcome) < 0)
		return;
	code = quiet_begin(launch);
	if (code == 0) {
		start_quietly(backend, launch, &pipe, outcome);
		quiet_end(launch);
		learn(backend, launch, outcome);
	} else {
		outcome->kind = OUTCOME_NOT_QUIET;
		outcome->code = (int32_t)-code;
	}
	libspawn__report_close(&pipe);
}
