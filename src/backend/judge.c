/* SPDX-License-Identifier: MIT */
/*
 * What a start has come to, when its child has left: started, failed or dead.
 * One that failed leaves nothing behind.
 */
#define _GNU_SOURCE
#include "backend/judge.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "backend/descriptor.h"
#include "backend/fate.h"
#include "backend/system.h"
#include "child/every_start.h"

/*
 * Its own pid and no WNOHANG: a vfork parent is released before its child can
 * be waited for. One that has not executed has no signal, and is not found by
 * an ordinary wait. ECHILD: SIGCHLD is ignored, or somebody else was faster.
 */
int32_t libspawn__judge_reap(pid_t pid)
{
	int status = 0;
	pid_t reaped;

	do
		reaped = waitpid(pid, &status, SYSTEM_WAIT_ALL);
	while (reaped < 0 && errno == EINTR);
	return reaped == pid && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
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
	return launch->exit_signal == 0 && !launch_is_detached(launch) &&
	       libspawn__fate_ended_before_exec(launch, pid);
}

/* Hazards 14 and 22: it has executed, and gets what was kept from it. */
static void pass_on_stops(const struct launch *launch, pid_t pid)
{
	const uint32_t stops = launch->report.stops;

	if (stops && !libspawn__fate_is_dead(pid))
		system_send_stops(pid, stops);
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
	int32_t signal = launch_is_detached(launch) ? launch->died_of
						    : libspawn__judge_reap(pid);

	if (outcome->kind == OUTCOME_DIED)
		outcome->signal = signal;
	if (launch->pidfd >= 0)
		libspawn__descriptor_close(launch->pidfd);
	launch->pidfd = -1;
}

/* Reads the final report. */
EVERY_START void libspawn__judge_child(struct launch *launch, long pid,
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
