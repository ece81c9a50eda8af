/* SPDX-License-Identifier: MIT */
/*
 * One start through one backend: nothing of the caller moves while the child
 * may share its memory, and a child that failed leaves nothing behind.
 */
#define _XOPEN_SOURCE 700
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

/* Returns whether the process was dumpable. */
static int quiet_begin(struct launch *launch)
{
	const uint64_t all = ~UINT64_C(0);

	system_swap_mask(&all, &launch->mask);
	return launch->plan->flags & PLAN_CHANGES_IDS
		   ? libspawn__kernel_keep_dumpable()
		   : 0;
}

static void quiet_end(struct launch *launch, int was_dumpable)
{
	if (launch->plan->flags & PLAN_CHANGES_IDS)
		libspawn__kernel_restore_dumpable(was_dumpable);
	system_swap_mask(&launch->mask, NULL);
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

static void judge(struct launch *launch, long pid, struct outcome *outcome)
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
		return;
	}
	outcome->signal = reap((pid_t)pid);
	if (outcome->kind == OUTCOME_FAILED)
		outcome->signal = 0;
	if (launch->pidfd >= 0)
		libspawn__descriptor_close(launch->pidfd);
	launch->pidfd = -1;
}

/* ---- The start --------------------------------------------------------- */

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
		libspawn__report_await(pipe, launch);
		judge(launch, pid, outcome);
	}
}

static void prepare(const struct backend *backend, struct launch *launch)
{
	memset(&launch->report, 0, sizeof launch->report);
	launch->occupied = 1;
	launch->done = 0;
	launch->registers = 0;
	launch->pidfd = -1;
	launch->refused = libspawn__kernel_refused();
	launch->announces = !backend->shares_memory ||
			    (launch->refused & CHILD_NO_SHARED_MEMORY);
}

/* Whether memory is shared was to be learnt only where it could have been. */
static void learn(const struct backend *backend, const struct launch *launch)
{
	uint32_t learns = CHILD_LEARNS;

	if (!backend->shares_memory)
		learns &= ~CHILD_NO_SHARED_MEMORY;
	libspawn__kernel_learn(launch->report.fallbacks & learns);
}

void libspawn__create(const struct backend *backend, struct launch *launch,
		      struct outcome *outcome)
{
	struct report_pipe pipe;
	int dumpable;
	int code;

	memset(outcome, 0, sizeof *outcome);
	outcome->backend = backend->id;
	prepare(backend, launch);
	code = libspawn__report_open(&pipe, launch, &outcome->op);
	if (code < 0) {
		outcome->kind =
		    outcome->op < 0 ? OUTCOME_NO_REPORT : OUTCOME_BAD_SOURCE;
		outcome->code = -code;
		return;
	}
	outcome->op = -1;
	dumpable = quiet_begin(launch);
	start_quietly(backend, launch, &pipe, outcome);
	quiet_end(launch, dumpable);
	libspawn__report_close(&pipe);
	learn(backend, launch);
}
