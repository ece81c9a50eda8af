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
 * be waited for. ECHILD: SIGCHLD is ignored, or somebody else was faster.
 */
static int32_t reap(pid_t pid)
{
	int status = 0;
	pid_t reaped;

	do
		reaped = waitpid(pid, &status, 0);
	while (reaped < 0 && errno == EINTR);
	return reaped == pid && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/*
 * Reads the final report. A child that failed is reaped here, and its pidfd
 * closed; one that started is the caller's. The kernel takes the lowest number
 * for a pidfd, which may be that of a closed standard stream.
 */
static void judge_child(struct launch *launch, long pid,
			struct outcome *outcome)
{
	const struct report *report = &launch->report;

	outcome->pid = (int32_t)pid;
	if (report->code) {
		outcome->kind = OUTCOME_FAILED;
		outcome->code = report->code;
		outcome->op = (int32_t)report->op;
	} else if (report->state < CHILD_EXECUTES) {
		outcome->kind = OUTCOME_DIED;
		outcome->code = ECANCELED;
	} else {
		outcome->kind = OUTCOME_STARTED;
		if (launch->pidfd >= 0)
			libspawn__descriptor_move_up(&launch->pidfd);
		return;
	}
	if (launch->plan->kinds & OP_BIT(OP_DETACH))
		outcome->signal = launch->died_of; /* its parent has reaped */
	else
		outcome->signal = reap((pid_t)pid);
	if (outcome->kind == OUTCOME_FAILED)
		outcome->signal = 0;
	if (launch->pidfd >= 0)
		libspawn__descriptor_close(launch->pidfd);
	launch->pidfd = -1;
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
}

/* What a failed start has shown of the kernel is remembered as well. */
static void learn(const struct backend *backend, const struct launch *launch)
{
	uint32_t facts = launch->report.fallbacks & CHILD_LEARNS;

	if (backend->shares_memory && libspawn__report_is_proven(launch))
		facts |= KERNEL_PROVEN(backend->id);
	libspawn__kernel_learn(facts);
}

/*
 * Without a descriptor to spare, the proof has to come first: of a child with
 * nothing to do, which ends at once.
 */
static int prove_sharing(const struct backend *backend,
			 const struct launch *launch)
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
	learn(backend, &trial);
	return libspawn__report_is_proven(&trial);
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
	    prove_sharing(backend, launch)) {
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
		learn(backend, launch);
	} else {
		outcome->kind = OUTCOME_NOT_QUIET;
		outcome->code = (int32_t)-code;
	}
	libspawn__report_close(&pipe);
}
