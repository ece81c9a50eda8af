/* SPDX-License-Identifier: MIT */
/*
 * Translates a plan, operation by operation, to file actions and attributes.
 * File actions run in the order of the plan, attributes before them; what
 * closes the other descriptors goes to the end, for the C library closes at
 * once what our child would only mark.
 */
#define _GNU_SOURCE
#include "backend/translate.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "child/sys.h"

#if defined(__linux__)

/* glibc leaves its own signals ignored unless they are in the set. */
#define ALWAYS_DEFAULT (UINT64_C(3) << 31)

/* sigaddset() would leave out signals that the C library keeps to itself. */
static void fill_set(sigset_t *set, uint64_t numbers, uint64_t high)
{
	const uint64_t all[] = { numbers, high };
	unsigned long words[sizeof all / (sizeof(unsigned long))];
	const size_t each = sizeof *all / sizeof *words;
	size_t n;

	/* The lowest first, whatever the order of their bytes. */
	for (n = 0; n < sizeof words / sizeof *words; n++)
		words[n] = (unsigned long)(all[n / each] >> (n % each * 32));
	sigemptyset(set);
	memcpy(set, words, sizeof words);
}

#else

#define ALWAYS_DEFAULT UINT64_C(0)

static void fill_set(sigset_t *set, uint64_t numbers, uint64_t high)
{
	sys_fill_set(set, numbers, high);
}

#endif

/* ---- Operations -------------------------------------------------------- */

/* Dispositions and mask; each call replaces the set of the one before. */
static int translate_signals(struct translation *into, const struct op *op,
			     const struct launch *launch)
{
	sigset_t set;

	if (op->kind != OP_MASK) {
		fill_set(&set, op->value | ALWAYS_DEFAULT, 0);
		into->flags |= POSIX_SPAWN_SETSIGDEF;
		return posix_spawnattr_setsigdefault(&into->attributes, &set);
	}
	/* All signals are blocked around creation: the mask is always set. */
	if (op->number)
		fill_set(&set, launch->mask, launch->high_mask);
	else
		fill_set(&set, op->value, 0);
	into->flags |= POSIX_SPAWN_SETSIGMASK;
	return posix_spawnattr_setsigmask(&into->attributes, &set);
}

/* An attribute: done before all file actions, as in the plan. */
static int translate_group(struct translation *into, const struct op *op)
{
	if (op->kind == OP_SESSION) {
		into->flags |= POSIX_SPAWN_SETSID;
		return 0;
	}
	into->flags |= POSIX_SPAWN_SETPGROUP;
	return posix_spawnattr_setpgroup(&into->attributes, op->number);
}

static int translate_restore(posix_spawn_file_actions_t *actions, int spare_fd,
			     int fd)
{
	int code = posix_spawn_file_actions_adddup2(actions, spare_fd, fd);

	if (code)
		return code;
	return posix_spawn_file_actions_addclose(actions, spare_fd);
}

/*
 * The report's descriptor is in nobody's way and of no use to this child: it
 * is where one descriptor of a cycle is put aside.
 */
static int translate_fd(struct translation *into, const struct op *op,
			const struct launch *launch)
{
	posix_spawn_file_actions_t *actions = &into->actions;
	int spare_fd = launch->report_fd;

	switch (op->kind) {
	case OP_FD_SAVE:
		return posix_spawn_file_actions_adddup2(actions, op->fd,
							spare_fd);
	case OP_FD_RESTORE:
		return translate_restore(actions, spare_fd, op->number);
	case OP_FD_MOVE:
		return posix_spawn_file_actions_adddup2(actions, op->fd,
							op->number);
	case OP_FD_KEEP: return libspawn__translate_keep(into, op->fd);
	case OP_FD_OPEN:
		return posix_spawn_file_actions_addopen(
			actions, op->number, op->data, (int)op->value,
			(mode_t)op->fd);
	default: return libspawn__translate_close(into, op->fd, launch->plan);
	}
}

/* 0 or an errno value. What is not named here concerns descriptors. */
static int translate_op(struct translation *into, const struct op *op,
			const struct launch *launch)
{
	switch (op->kind) {
	case OP_NO_WAIT:
	case OP_EXEC:
	case OP_DIE_TOGETHER: /* that is the C library's to solve */
	case OP_CLOSE_OTHERS: return 0;
	case OP_HANDLERS: /* exec does it, and no handler runs before */
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
	default: return translate_fd(into, op, launch);
	}
}

/* ---- The plan ---------------------------------------------------------- */

/* The descriptor that an operation leaves open for the program, or -1. */
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

void libspawn__translate_mark_kept(const struct plan *plan, uint8_t *kept,
				   int32_t count)
{
	uint32_t n;

	for (n = 0; n < plan->op_count; n++) {
		int32_t fd = kept_fd(&plan->ops[n]);

		if (fd >= 0 && fd < count)
			kept[fd] = 1;
	}
}

int32_t libspawn__translate_highest(const struct plan *plan)
{
	int32_t highest = -1;
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		if (kept_fd(&plan->ops[n]) > highest)
			highest = kept_fd(&plan->ops[n]);
	return highest;
}

/* Flags last: what was translated has gathered them. */
static int translate(struct translation *into, const struct launch *launch)
{
	const struct plan *plan = launch->plan;
	const struct op *others = NULL;
	int code = 0;
	uint32_t n;

	for (n = 0; n < plan->op_count && code == 0; n++) {
		if (plan->ops[n].kind == OP_CLOSE_OTHERS)
			others = &plan->ops[n];
		into->at = n;
		code = translate_op(into, &plan->ops[n], launch);
	}
	if (others && code == 0)
		code = libspawn__translate_others(into, plan, others->fd);
	if (code == 0)
		code = posix_spawnattr_setflags(&into->attributes, into->flags);
	return code;
}

/* glibc's own signals, which it keeps out of every mask it sets. */
#if defined(__GLIBC__)
#define NEVER_BLOCKED (UINT64_C(3) << 31)
#else
#define NEVER_BLOCKED UINT64_C(0)
#endif

static int is_translatable(const struct plan *plan, const struct op *op)
{
	if (op->kind == OP_MASK)
		return (op->value & NEVER_BLOCKED) == 0;
	return libspawn__translate_can(plan, op);
}

int32_t libspawn__translate_declines(const struct plan *plan)
{
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		if (!is_translatable(plan, &plan->ops[n]))
			return (int32_t)n;
	return -1;
}

int libspawn__translate_begin(struct translation *translation,
			      const struct launch *launch)
{
	int code = posix_spawnattr_init(&translation->attributes);

	translation->flags = 0;
	translation->at = UINT32_MAX;
	if (code)
		return -code;
	code = posix_spawn_file_actions_init(&translation->actions);
	if (code) {
		posix_spawnattr_destroy(&translation->attributes);
		return -code;
	}
	code = translate(translation, launch);
	if (code)
		libspawn__translate_end(translation);
	return -code;
}

void libspawn__translate_end(struct translation *translation)
{
	posix_spawn_file_actions_destroy(&translation->actions);
	posix_spawnattr_destroy(&translation->attributes);
}
