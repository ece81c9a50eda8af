/* SPDX-License-Identifier: MIT */
/*
 * The intermediate process of a detached child. It is made as a child is, in
 * the caller's memory on the upper part of the stack, with all signals blocked
 * and its caller suspended; it has no signal to send when it ends, so neither
 * SIGCHLD nor an ordinary wait knows of it. It shares the table of descriptors,
 * so that a pidfd made in it is the caller's.
 */
#define _GNU_SOURCE
#include "backend/detach.h"

#include <errno.h>

#include "backend/backend.h"
#include "backend/creation.h"
#include "backend/descriptor.h"
#include "backend/fate.h"
#include "backend/kernel.h"
#include "backend/system.h"
#include "deadline.h"

#if ARCH_CLONE

/* And nothing in the byte of the signal. */
enum { INTERMEDIATE = SYS_CLONE_VM | SYS_CLONE_FILES | SYS_CLONE_VFORK };
/* Of 10 ms, for the word of a kernel that may never zero it. */
enum { ROUNDS_UNPROVEN = 1000 };

struct detachment {
	struct launch *launch;
	long (*create)(struct launch *launch);
	long result;   /* of create() */
	uint32_t told; /* the result is there */
};

static CHILD_CODE int has_started(struct launch *launch, long pid)
{
	return launch->report.code == 0 &&
	       launch->report.state >= CHILD_EXECUTES &&
	       (launch->exit_signal != 0 ||
		!libspawn__fate_ended_before_exec(launch, pid));
}

/*
 * It may be a tracer that has let this process run: the child must be out of
 * the memory before anybody reads its report or frees its stack. One that
 * failed is this process's own: nobody else could reap it.
 */
static CHILD_CODE void settle_child(struct launch *launch, long pid)
{
	int32_t status = 0;

	libspawn__fate_await_leaving(launch, pid, DEADLINE_NEVER);
	if (has_started(launch, pid)) {
		/* Hazard 14: here, where the pid is surely the child's. */
		system_send_stops(pid, launch->report.stops);
		launch->report.stops = 0;
		return;
	}
	system_wait_out(pid, &status);
	launch->died_of = status & 0x7f;
	launch->report.state = CHILD_STARTED;
}

/*
 * Hazard 17: with the caller this process, and with it the child, which knows
 * no other parent. False if the caller is gone.
 */
static CHILD_CODE int die_with_caller(struct launch *launch)
{
	if (!(launch->plan->kinds & OP_BIT(OP_DIE_TOGETHER)))
		return 1;
	sys_prctl(SYS_PDEATHSIG, SYS_SIGKILL, 0);
	if (sys_has_lost_parent(launch->parent_pid))
		return 0;
	launch->parent_pid = (int32_t)sys_getpid();
	return 1;
}

_Noreturn static CHILD_CODE void run_intermediate(void *data)
{
	struct detachment *detachment = data;

	if (detachment->create && die_with_caller(detachment->launch)) {
		detachment->result = detachment->create(detachment->launch);
		if (detachment->result > 0)
			settle_child(detachment->launch, detachment->result);
	}
	detachment->told = 1;
	sys_exit(0);
}

/* Returns when it has ended: 0, or -errno if there is none. */
static long start_intermediate(struct detachment *detachment)
{
	struct launch *launch = detachment->launch;
	int32_t status;
	long pid;

	launch->stack_size -= UPPER_PART;
	pid = arch_clone(INTERMEDIATE,
			 launch->stack + launch->stack_size + UPPER_PART, NULL,
			 NULL, run_intermediate, detachment);
	if (pid > 0)
		system_wait_out(pid, &status);
	launch->stack_size += UPPER_PART;
	return pid < 0 ? pid : 0;
}

/* What the intermediate writes must arrive. */
static long test_sharing(struct launch *launch)
{
	struct detachment detachment = { launch, NULL, 0, 0 };
	long code;

	if (libspawn__kernel_facts() & KERNEL_PROVEN(BACKEND_CLONE))
		return 0;
	code = start_intermediate(&detachment);
	if (code == 0 && !detachment.told)
		code = -ENOTSUP;
	return code;
}

/* The child is nobody's here: where the word tells all, it is waited for. */
static void await_other(const struct launch *launch)
{
	int n = 0;

	while (!libspawn__fate_has_left(launch) &&
	       (libspawn__kernel_facts() & KERNEL_PROVEN(BACKEND_CLONE) ||
		n++ < ROUNDS_UNPROVEN))
		sys_wait_while(&launch->occupied, 1, FATE_ROUND);
}

/*
 * Killed before it could tell. If there is a child, the kernel has written its
 * pid, or else its pidfd; no memory goes before the child has left it. What the
 * child has reported is true all the same.
 */
static long salvage(struct launch *launch)
{
	if (launch->created_pid == 0 && launch->pidfd < 0)
		return -ECANCELED;
	if (launch->created_pid == 0)
		arch_call(SYS_NUMBER_PIDFD_SEND_SIGNAL, launch->pidfd, 9, 0, 0,
			  0);
	await_other(launch);
	if (launch->created_pid != 0)
		return launch->created_pid;
	libspawn__descriptor_close(launch->pidfd);
	launch->pidfd = -1;
	return launch->report.code ? 0 : -ECANCELED;
}

long libspawn__detach_start(struct launch *launch,
			    long (*create)(struct launch *launch))
{
	struct detachment detachment = { launch, create, 0, 0 };
	long code = test_sharing(launch);

	if (code == 0)
		code = start_intermediate(&detachment);
	if (code < 0)
		return code;
	return detachment.told ? detachment.result : salvage(launch);
}

#else

/* Only a clone of our own can be without a signal. */
typedef int detach_needs_clone;

#endif
