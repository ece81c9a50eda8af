/* SPDX-License-Identifier: MIT */
/*
 * The child: an interpreter of plans. It decides nothing that the parent could
 * have decided, allocates nothing, returns nowhere and calls only the system.
 * It may run in the parent's memory: all it writes is its own stack and the
 * launch. docs/child.md numbers the hazards.
 */
#define _GNU_SOURCE
#include <stddef.h>

#include "child/child.h"
#include "child/every_start.h"
#include "child/exec.h"
#include "child/init.h"
#include "child/steps.h"
#include "child/sys.h"

struct child {
	struct launch *launch;
	struct exec_search search;
	int32_t ignores_children; /* SIGCHLD, of a program with an init */
	int32_t spare_fd; /* one descriptor of a cycle, put aside; else -1 */
};

/* ---- The report -------------------------------------------------------- */

/* One record, no longer than PIPE_BUF: it arrives whole or not at all. */
static CHILD_CODE long send_report(struct launch *launch)
{
	if (launch->report_fd < 0 || launch->proven)
		return 0;
	return sys_write(launch->report_fd, &launch->report,
			 sizeof launch->report);
}

/* The parent reads the record; the status is for lookers-on. */
_Noreturn static CHILD_CODE void fail(struct launch *launch, uint32_t number,
				      long code)
{
	launch->report.op = number;
	launch->report.code = (int32_t)-code;
	send_report(launch);
	sys_exit(127);
}

/* ---- The interpreter --------------------------------------------------- */

/* On the lowest free number, which nothing before the restoring writes. */
static CHILD_CODE long save_fd(struct child *child, int fd)
{
	long spare = sys_dup_cloexec(fd, 0);

	child->spare_fd = (int32_t)spare;
	return spare;
}

/*
 * What was put aside took a number that was free. A move that reads it means
 * the caller's descriptor of that number, which is not open.
 */
static CHILD_CODE long move_fd(const struct child *child, const struct op *op)
{
	if (op->fd == child->spare_fd)
		return -EBADF;
	return sys_dup3(op->fd, op->number);
}

static CHILD_CODE long restore_fd(struct child *child, int to)
{
	int spare = child->spare_fd;

	child->spare_fd = -1;
	return libspawn__fds_restore(spare, to);
}

/*
 * Hazard 4. Neither end of the pipe is closed before exec any more, which would
 * end the lock. A kernel that refuses it is no matter: the parent waits longer.
 */
static CHILD_CODE long set_id(struct launch *launch, const struct op *op)
{
	if (launch->report_fd >= 0 && !launch->locked &&
	    launch->plan->flags & PLAN_LOCKS)
		launch->locked = sys_lock(launch->report_fd) == 0;
	return libspawn__attribute_set(launch, op);
}

/* It takes a right that not every root has. */
static CHILD_CODE long try_groups(struct launch *launch, const struct op *op)
{
	long code = sys_setgroups(op->value, op->data);

	if (code != -EPERM || op->number == 0)
		return code;
	launch->report.fallbacks |= CHILD_NO_GROUPS;
	return 0;
}

/*
 * Hazards 14 and 22. A terminal sends them to nobody who leads a session of its
 * own; and a filter may end who makes a call it does not know.
 */
static CHILD_CODE int may_be_stopped(const struct plan *plan)
{
	return !(plan->kinds & (OP_BIT(OP_SESSION) | OP_BIT(OP_SECCOMP)));
}

/* The mask goes last: from here on signals arrive, all at their default. */
static CHILD_CODE long set_mask(struct launch *launch, const struct op *op)
{
	const uint64_t mask = op->number ? launch->mask : op->value;
	const uint64_t high_mask = op->number ? launch->high_mask : 0;

	if (may_be_stopped(launch->plan))
		launch->report.stops = sys_take_stops(~mask);
	return sys_set_signal_mask(mask, high_mask);
}

/* More records than this might fill a pipe that nobody reads yet. */
enum { MOST_ANNOUNCED = 128 };

/*
 * Where memory may not be shared, a record says that only exec is left. If it
 * can't be sent there is no exec: the parent would take the child for dead.
 */
static CHILD_CODE long announce(struct launch *launch)
{
	uint32_t now = launch->report.retries + 1;

	launch->report.state = CHILD_EXECUTES;
	if (launch->announced == now || now > MOST_ANNOUNCED)
		return 0;
	launch->announced = now;
	return send_report(launch);
}

/* One attempt. Returns only if it failed. */
static CHILD_CODE long execute(struct launch *launch, const struct op *op)
{
	const struct plan *plan = launch->plan;
	const char *const *argv = (const char *const *)plan->argv;
	long code = announce(launch);

	if (code < 0)
		return code;
	if (op->kind == OP_EXEC_FD)
		return sys_exec_fd(op->fd, argv, plan->env);
	code = sys_execve(op->data, argv, plan->env);
	if (code == -ENOEXEC && plan->flags & PLAN_SHELL_FALLBACK)
		code = sys_execve("/bin/sh",
				  libspawn__exec_shell_argv(launch, op->data),
				  plan->env);
	return code;
}

/* ---- Two processes ----------------------------------------------------- */

_Noreturn static CHILD_CODE void run_from(struct child *child, uint32_t first);

/* The second process: all that is left of the plan is for it. */
_Noreturn static CHILD_CODE void run_second(void *data)
{
	struct child *child = data;

	if (child->ignores_children)
		libspawn__init_ignore_again();
	run_from(child, child->search.number + 1);
}

/*
 * The program is to be the second process of its pid namespace: that one goes
 * on in the same memory, on the lower half of the stack, while this one sleeps,
 * and what it reports is in the same place. When it has executed, this one
 * becomes the first process that waits for it. Until then the program could
 * look into this one, which has the caller's memory and descriptors: so the
 * memory is not dumpable, until the caller restores it (hazard 4).
 */
static CHILD_CODE long divide(struct child *child, int program)
{
	struct launch *launch = child->launch;
	const uint32_t number = child->search.number;
	long code = sys_prctl(SYS_SET_DUMPABLE, 0, 0);

	if (code >= 0)
		code = libspawn__init_mind(&child->ignores_children);
	if (code >= 0)
		code = libspawn__init_create(launch->stack +
						     launch->stack_size / 2,
					     run_second, child);
	if (code < 0)
		return code;
	if (launch->report.code || !libspawn__init_is_served(code))
		sys_exit(127);
	/* The other was in this memory: what fails from here on fails here. */
	child->search.number = number;
	return libspawn__init_become(launch, program);
}

/* ---- All operations ---------------------------------------------------- */

/* What is of a part of its own, or needs more; the rest is in attributes.c. */
static CHILD_CODE long do_op(struct child *child, const struct op *op)
{
	switch (op->kind) {
	case OP_HOLD: return libspawn__parent_await(child->launch);
	case OP_CLOSE_OTHERS:
		return libspawn__fds_close_others(child->launch, op->fd);
	case OP_CLOSE_FROM:
		return libspawn__fds_close_from(child->launch, op->fd);
	case OP_FD_SAVE: return save_fd(child, op->fd);
	case OP_FD_MOVE: return move_fd(child, op);
	case OP_FD_RESTORE: return restore_fd(child, op->number);
	case OP_FD_KEEP: return sys_set_fd_flags(op->fd, 0);
	case OP_FD_OPEN: return libspawn__fds_open(op);
	case OP_FD_CLOSE: return libspawn__fds_close(op);
	case OP_DIE_TOGETHER:
		return libspawn__parent_die_with(child->launch, op->number);
	case OP_ID_MAP: return libspawn__interior_map(op);
	case OP_MOUNT: return libspawn__interior_mount(op);
	case OP_SET:
	case OP_SET_MEMORY: return libspawn__setting_make(op);
	case OP_GROUPS: return try_groups(child->launch, op);
	case OP_GID:
	case OP_UID: return set_id(child->launch, op);
	case OP_INIT: return divide(child, op->fd);
	case OP_MASK: return set_mask(child->launch, op);
	case OP_EXEC:
	case OP_EXEC_FD:
		return libspawn__exec_candidate(&child->search, op, execute);
	default: return libspawn__attribute_set(child->launch, op);
	}
}

/* Never returns: hazard 7. A plan without exec ends in ENOTSUP. */
EVERY_START _Noreturn static CHILD_CODE void run_from(struct child *child,
						      uint32_t first)
{
	struct launch *launch = child->launch;
	const struct plan *plan = launch->plan;
	long code = 0;
	uint32_t n;

	for (n = first; n < plan->op_count && code >= 0; n++) {
		if (launch->done & OP_BIT(plan->ops[n].kind))
			continue;
		child->search.number = n;
		launch->at = n;
		code = do_op(child, &plan->ops[n]);
	}
	fail(launch, child->search.number, code < 0 ? code : -ENOTSUP);
}

EVERY_START CHILD_CODE void libspawn__child_run(void *data)
{
	struct launch *launch = data;
	struct child child;
	long code;

	child.launch = launch;
	child.search.launch = launch;
	child.search.number = 0;
	child.search.refusal = 0;
	child.spare_fd = -1;
	child.ignores_children = 0;
	child.search.refused = 0;
	child.search.waited = 0;
	if (launch->registers)
		sys_clear_on_leaving(&launch->occupied);
	launch->report.state = CHILD_STARTED;
	if (launch->table == TABLE_SHARED) {
		code = libspawn__fds_part(launch);
		if (code < 0)
			fail(launch, 0, code);
	}
	run_from(&child, 0);
}
