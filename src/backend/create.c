/* SPDX-License-Identifier: MIT */
/*
 * One start through one backend: nothing of the caller moves while the child
 * may share its memory, and a child that failed leaves nothing behind.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "backend/backend.h"
#include "backend/descriptor.h"
#include "backend/dumpable.h"
#include "backend/fate.h"
#include "backend/ignored.h"
#include "backend/judge.h"
#include "backend/kernel.h"
#include "backend/quiet.h"
#include "backend/report.h"
#include "backend/sharing.h"
#include "backend/system.h"
#include "child/every_start.h"

/* ---- The start --------------------------------------------------------- */

/*
 * A child that may be the caller's although it never executed has its signal
 * from the first; that of another parent will get it. But such a child proves
 * nothing of the kernel once it has ended, and most have by the time that one
 * processor comes back to their caller: so as long as nothing is proven, a
 * start that waits makes a child of which nobody hears before exec, and puts
 * another in its place if it dies there (substitute.c).
 */
static int32_t choose_exit_signal(const struct launch *launch)
{
	if (launch->facts & KERNEL_NEEDS_SIGNAL)
		return SIGCHLD;
	if (!(launch->plan->flags & PLAN_DEATH_IS_START) ||
	    launch_is_detached(launch))
		return 0;
	if (launch->proven || launch_may_not_wait(launch))
		return SIGCHLD;
	return 0;
}

/* Each backend tried begins anew: nothing is left of the one before. */
static void prepare(const struct backend *backend, struct launch *launch)
{
	const uint64_t kinds = launch->plan->kinds;

	*launch = (struct launch){
		.plan = launch->plan,
		.shell_argv = launch->shell_argv,
		.stack = launch->stack,
		.stack_size = launch->stack_size,
		.occupied = 1,
		.done = OP_BIT(OP_NO_WAIT),
		.held = (kinds & OP_BIT(OP_HOLD)) != 0,
		.report_fd = -1,
		.pidfd = -1,
		.parent_fd = -1,
		.facts = libspawn__kernel_facts(),
	};
	launch->proven = (launch->facts & KERNEL_PROVEN(backend->id)) != 0;
	launch->exit_signal = choose_exit_signal(launch);
	if (kinds & (OP_BIT(OP_HOLD) | OP_BIT(OP_DIE_TOGETHER)))
		launch->parent_pid = (int32_t)getpid();
}

/*
 * In a pid namespace of its own a held child can't ask who its parent is; where
 * this can't be had, it waits on for one that has ended.
 */
static void open_caller(struct launch *launch)
{
	const uint64_t kinds = launch->plan->kinds;

	if (!(kinds & OP_BIT(OP_HOLD)) || !(kinds & OP_BIT(OP_NEW_NAMESPACES)))
		return;
	launch->parent_fd = sys_pidfd_open(sys_getpid());
	if (launch->parent_fd >= 0)
		libspawn__descriptor_move_up(&launch->parent_fd);
}

/* The child has its copy: a table that is shared belongs to no held one. */
static void close_caller(struct launch *launch)
{
	if (launch->parent_fd >= 0)
		libspawn__descriptor_close(launch->parent_fd);
}

static int is_shortage(int code)
{
	return code == -EMFILE || code == -ENFILE;
}

/* Two who need a pipe for its end, whatever memory tells. */
#define NEEDS_END (PLAN_POLLED | PLAN_CHANGES_IDS)

/* Where no descriptor can be had: memory is known to be shared, or tried. */
static int can_do_without(const struct creation *creation)
{
	struct launch *launch = creation->launch;

	if (launch->plan->flags & PLAN_POLLED ||
	    !creation->backend->shares_memory)
		return 0;
	if (launch->proven)
		return 1;
	if (libspawn__sharing_try(creation->backend, launch) != 1)
		return 0;
	if (!(launch->facts & KERNEL_NEEDS_SIGNAL))
		launch->exit_signal = 0;
	return 1;
}

/* A backend that has proven to share memory needs no pipe to be told. */
static int open_report(struct creation *creation, struct outcome *outcome)
{
	struct launch *launch = creation->launch;
	struct report_pipe *pipe = &creation->pipe;
	int code;

	if (launch->proven && !(launch->plan->flags & NEEDS_END)) {
		libspawn__report_omit(pipe, launch);
		return 0;
	}
	code = libspawn__report_open(pipe, launch, &outcome->op);
	if (code == 0)
		return 0;
	if (is_shortage(code) && can_do_without(creation)) {
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

/* A number below 3 for the pidfd would be the caller's again from here on. */
static void let_caller_go(struct launch *launch)
{
	if (launch->pidfd >= 0)
		libspawn__descriptor_move_up(&launch->pidfd);
	libspawn__quiet_restore_mask(launch);
}

/* Signals are blocked until it is finished, or until it is created. */
static long begin_quietly(struct creation *creation, struct outcome *outcome)
{
	long code = libspawn__quiet_begin(creation->launch);

	if (code < 0) {
		outcome->kind = code == -EAGAIN ? OUTCOME_NOT_CREATED
						: OUTCOME_NOT_QUIET;
		outcome->code = (int32_t)-code;
		return code;
	}
	creation->launch->heeded =
		libspawn__ignored_not(creation->launch->plan);
	open_caller(creation->launch);
	creation->pid = creation->backend->start(creation->launch);
	close_caller(creation->launch);
	if (creation->pid > 0) {
		libspawn__report_begin(&creation->pipe, creation->launch);
		if (launch_may_not_wait(creation->launch))
			let_caller_go(creation->launch);
		return 0;
	}
	judge_refusal(creation, outcome);
	libspawn__quiet_end(creation->launch);
	libspawn__sharing_learn(creation->backend, creation->launch, outcome);
	return -1;
}

/* Where it does not, who can't go on without waiting is declined. */
static int make_sure_of_sharing(struct creation *creation,
				struct outcome *outcome)
{
	struct launch *launch = creation->launch;
	long code = libspawn__sharing_known(creation->backend, launch);

	launch->shares = code == 1;
	if (code == 1)
		return 1;
	if (code < 0) {
		outcome->kind = OUTCOME_NOT_CREATED;
		outcome->code = (int32_t)-code;
		return 0;
	}
	outcome->kind = OUTCOME_DECLINED;
	outcome->code = ENOTSUP;
	outcome->op = plan_find(launch->plan, OP_BIT(OP_NO_WAIT));
	return 0;
}

/* The pipe is opened before signals are blocked, and closed after. */
EVERY_START void libspawn__create_begin(const struct backend *backend,
					struct creation *creation,
					struct launch *launch,
					struct outcome *outcome)
{
	memset(outcome, 0, sizeof *outcome);
	outcome->backend = backend->id;
	outcome->op = -1;
	creation->backend = backend;
	creation->launch = launch;
	creation->pid = 0;
	prepare(backend, launch);
	if (launch_may_not_wait(launch) && backend->shares_memory &&
	    backend->takes & OP_BIT(OP_NO_WAIT) &&
	    !make_sure_of_sharing(creation, outcome))
		return;
	if (open_report(creation, outcome) < 0)
		return;
	if (begin_quietly(creation, outcome) == 0)
		return;
	creation->pid = 0;
	libspawn__report_close(&creation->pipe);
}

int libspawn__create_has_left(const struct creation *creation)
{
	return !creation->launch->shares ||
	       libspawn__fate_has_left(creation->launch) ||
	       libspawn__fate_is_dead(creation->pid);
}

int libspawn__create_has_executed(const struct creation *creation)
{
	return libspawn__fate_has_executed(creation->launch, creation->pid);
}

int libspawn__create_is_leaving(const struct creation *creation)
{
	return creation->launch->patience != 0;
}

void libspawn__create_release(struct creation *creation)
{
	struct launch *launch = creation->launch;

	__atomic_store_n(&launch->held, 0, __ATOMIC_RELEASE);
	system_wake(&launch->held);
}

EVERY_START int libspawn__create_finish(struct creation *creation,
					int64_t deadline,
					struct outcome *outcome)
{
	struct launch *launch = creation->launch;
	int code = libspawn__report_await(&creation->pipe, launch,
					  creation->pid, deadline);

	if (code == 0 && launch->report.code == 0 &&
	    launch->plan->flags & PLAN_CHANGES_IDS &&
	    creation->backend->shares_memory)
		code = libspawn__report_await_end(&creation->pipe, launch,
						  creation->pid, deadline);
	if (code < 0)
		return code;
	if (launch_may_not_wait(launch) &&
	    !(creation->backend->takes & OP_BIT(OP_NO_WAIT)))
		launch->report.fallbacks |= CHILD_WAITED;
	libspawn__judge_child(launch, creation->pid, outcome);
	libspawn__quiet_end_later(launch);
	libspawn__sharing_learn(creation->backend, launch, outcome);
	libspawn__report_close(&creation->pipe);
	return 0;
}
