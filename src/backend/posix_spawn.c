/* SPDX-License-Identifier: MIT */
/*
 * The posix_spawn backend: translates a plan to the C library's file actions
 * and attributes. It declines what these can't say, and can seldom tell which
 * of them failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#include "backend/backend.h"
#include "child/exec.h"

/* What the C library has beyond POSIX.1-2017. */
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
#define HAS_CLOSEFROM OP_BIT(OP_CLOSE_OTHERS)
#endif
#endif
#ifndef HAS_CLOSEFROM
#define HAS_CLOSEFROM 0
#define posix_spawn_file_actions_addclosefrom_np(actions, first) (ENOTSUP)
#endif
#ifdef POSIX_SPAWN_SETSID
#define HAS_SETSID OP_BIT(OP_SESSION)
#else
#define HAS_SETSID 0
#define POSIX_SPAWN_SETSID 0
#endif

#define TAKES                                                                  \
	(HAS_CLOSEFROM | HAS_SETSID | OP_BIT(OP_HANDLERS) |                    \
	 OP_BIT(OP_SIGNALS_DEFAULT) | OP_BIT(OP_PROCESS_GROUP) |               \
	 OP_BIT(OP_FD_SAVE) | OP_BIT(OP_FD_MOVE) | OP_BIT(OP_FD_RESTORE) |     \
	 OP_BIT(OP_FD_KEEP) | OP_BIT(OP_FD_OPEN) | OP_BIT(OP_FD_CLOSE) |       \
	 OP_BIT(OP_CHDIR) | OP_BIT(OP_FCHDIR) | OP_BIT(OP_MASK) |              \
	 OP_BIT(OP_EXEC))

/* Nothing but exec can fail in a child that only does these. */
#define CANNOT_FAIL                                                            \
	(HAS_CLOSEFROM | HAS_SETSID | OP_BIT(OP_HANDLERS) |                    \
	 OP_BIT(OP_SIGNALS_DEFAULT) | OP_BIT(OP_FD_CLOSE) | OP_BIT(OP_MASK) |  \
	 OP_BIT(OP_EXEC))

struct translation {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	short flags;
	pid_t pid;
};

static void fill_set(sigset_t *set, uint64_t numbers)
{
	int n;

	sigemptyset(set);
	for (n = 1; n <= 64; n++)
		if (numbers >> (n - 1) & 1)
			sigaddset(set, n);
}

/* ---- Operations -------------------------------------------------------- */

static int translate_signals(struct translation *into, const struct op *op,
			     const struct launch *launch)
{
	sigset_t set;

	if (op->kind == OP_SIGNALS_DEFAULT) {
		fill_set(&set, op->value);
		into->flags |= POSIX_SPAWN_SETSIGDEF;
		return posix_spawnattr_setsigdefault(&into->attributes, &set);
	}
	/* All signals are blocked around creation: the mask is always set. */
	fill_set(&set, op->number ? launch->mask : op->value);
	into->flags |= POSIX_SPAWN_SETSIGMASK;
	return posix_spawnattr_setsigmask(&into->attributes, &set);
}

static int translate_group(struct translation *into, const struct op *op)
{
	if (op->kind == OP_SESSION) {
		into->flags |= POSIX_SPAWN_SETSID;
		return 0;
	}
	into->flags |= POSIX_SPAWN_SETPGROUP;
	return posix_spawnattr_setpgroup(&into->attributes, op->number);
}

/*
 * The report's descriptor is in nobody's way and of no use to this child: it
 * is where one descriptor of a cycle is put aside.
 */
static int translate_fd(struct translation *into, const struct op *op,
			int spare_fd)
{
	posix_spawn_file_actions_t *actions = &into->actions;
	int code;

	switch (op->kind) {
	case OP_FD_SAVE:
		return posix_spawn_file_actions_adddup2(actions, op->fd,
							spare_fd);
	case OP_FD_RESTORE:
		code = posix_spawn_file_actions_adddup2(actions, spare_fd,
							op->number);
		if (code)
			return code;
		return posix_spawn_file_actions_addclose(actions, spare_fd);
	case OP_FD_MOVE:
		return posix_spawn_file_actions_adddup2(actions, op->fd,
							op->number);
	case OP_FD_KEEP:
		return posix_spawn_file_actions_adddup2(actions, op->fd,
							op->fd);
	case OP_FD_OPEN:
		return posix_spawn_file_actions_addopen(
		    actions, op->number, op->data, (int)op->value,
		    (mode_t)op->fd);
	default: return posix_spawn_file_actions_addclose(actions, op->fd);
	}
}

static int translate_op(struct translation *into, const struct op *op,
			const struct launch *launch)
{
	switch (op->kind) {
	case OP_HANDLERS: /* exec does it, and no handler runs before */
	case OP_EXEC:
	case OP_CLOSE_OTHERS: return 0;
	case OP_SIGNALS_DEFAULT:
	case OP_MASK: return translate_signals(into, op, launch);
	case OP_SESSION:
	case OP_PROCESS_GROUP: return translate_group(into, op);
	case OP_CHDIR:
		return posix_spawn_file_actions_addchdir_np(&into->actions,
							    op->data);
	case OP_FCHDIR:
		return posix_spawn_file_actions_addfchdir_np(&into->actions,
							     op->fd);
	default: return translate_fd(into, op, launch->report_fd);
	}
}

/* ---- Closing the others ------------------------------------------------ */

static int32_t kept_fd(const struct op *op)
{
	switch (op->kind) {
	case OP_FD_KEEP: return op->fd;
	case OP_FD_MOVE:
	case OP_FD_RESTORE:
	case OP_FD_OPEN: return op->number;
	default: return -1;
	}
}

static int is_kept(const struct plan *plan, int32_t fd)
{
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		if (kept_fd(&plan->ops[n]) == fd)
			return 1;
	return 0;
}

/* Behind all that reads descriptors: the gaps between the kept, and above. */
static int close_others(struct translation *into, const struct plan *plan,
			int32_t first)
{
	int32_t highest = first - 1;
	int code = 0;
	int32_t fd;
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		if (kept_fd(&plan->ops[n]) > highest)
			highest = kept_fd(&plan->ops[n]);
	for (fd = first; fd < highest && code == 0; fd++)
		if (!is_kept(plan, fd))
			code = posix_spawn_file_actions_addclose(&into->actions,
								 fd);
	if (code)
		return code;
	return posix_spawn_file_actions_addclosefrom_np(&into->actions,
							highest + 1);
}

static int translate(struct translation *into, const struct launch *launch)
{
	const struct plan *plan = launch->plan;
	const struct op *others = NULL;
	int code = 0;
	uint32_t n;

	for (n = 0; n < plan->op_count && code == 0; n++) {
		if (plan->ops[n].kind == OP_CLOSE_OTHERS)
			others = &plan->ops[n];
		code = translate_op(into, &plan->ops[n], launch);
	}
	if (others && code == 0)
		code = close_others(into, plan, others->fd);
	if (code == 0)
		code = posix_spawnattr_setflags(&into->attributes, into->flags);
	return code;
}

/* ---- Spawning ---------------------------------------------------------- */

static long spawn_path(struct launch *launch, const char *path,
		       const char *const *argv)
{
	struct translation *translation = launch->translation;
	union {
		const char *const *given;
		char *const *taken;
	} list = { argv };
	int code = posix_spawn(&translation->pid, path, &translation->actions,
			       &translation->attributes, list.taken,
			       launch->plan->env);

	return code ? -code : translation->pid;
}

static long attempt(struct launch *launch, const struct op *op)
{
	const char *const *argv = (const char *const *)launch->plan->argv;
	long code = spawn_path(launch, op->data, argv);

	if (code == -ENOEXEC && launch->plan->flags & PLAN_SHELL_FALLBACK)
		code = spawn_path(launch, "/bin/sh",
				  libspawn__exec_shell_argv(launch, op->data));
	return code;
}

/* The operations of exec are the last of a plan. */
static long spawn_candidates(struct launch *launch, struct exec_search *search)
{
	const struct plan *plan = launch->plan;
	long code = 0;
	uint32_t n;

	for (n = 0; n < plan->op_count && code == 0; n++)
		if (plan->ops[n].kind == OP_EXEC)
			code = libspawn__exec_candidate(search, &plan->ops[n],
							n, attempt);
	return code;
}

static long report_failure(struct launch *launch, long code, uint32_t number)
{
	if (code == -EAGAIN || code == -ENOMEM)
		return code;
	launch->report.code = (int32_t)-code;
	launch->report.op =
	    launch->plan->kinds & ~CANNOT_FAIL ? UINT32_MAX : number;
	return 0;
}

static long start_translated(struct launch *launch,
			     struct translation *translation)
{
	struct exec_search search = { .launch = launch };
	int code = translate(translation, launch);
	long pid;

	if (code)
		return -code;
	launch->translation = translation;
	pid = spawn_candidates(launch, &search);
	launch->translation = NULL;
	if (pid < 0)
		return report_failure(launch, pid, search.number);
	/* The C library has waited for exec. */
	launch->occupied = 0;
	launch->report.state = CHILD_EXECUTES;
	return pid;
}

static long start_posix_spawn(struct launch *launch)
{
	struct translation translation;
	long code;

	memset(&translation, 0, sizeof translation);
	code = -posix_spawnattr_init(&translation.attributes);
	if (code < 0)
		return code;
	code = -posix_spawn_file_actions_init(&translation.actions);
	if (code == 0) {
		code = start_translated(launch, &translation);
		posix_spawn_file_actions_destroy(&translation.actions);
	}
	posix_spawnattr_destroy(&translation.attributes);
	return code;
}

const struct backend libspawn__backend_posix_spawn = {
	.id = BACKEND_SPAWN,
	.takes = TAKES,
	.start = start_posix_spawn,
};
