/* SPDX-License-Identifier: MIT */
/*
 * Compiles a call of posix_spawn() to a plan: attributes in the order of the
 * standard, file actions in the caller's. It decides nothing that the standard
 * leaves to the child.
 */
#define _GNU_SOURCE
#include "posix/compile.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include <libspawn_posix.h>

#include "plan/builder.h"
#include "plan/path.h"
#include "request/strings.h"

/* Operations that are there once at most. */
enum { ATTRIBUTE_OPS = 12 };

/* ---- Attributes -------------------------------------------------------- */

enum { SET_WORDS = sizeof(uint64_t) / sizeof(unsigned long) };

/* Signal n is bit n - 1 of longs, the lowest first, in any libc of Linux. */
static uint64_t signal_bits(const sigset_t *set)
{
	unsigned long words[SET_WORDS];
	uint64_t bits = 0;
	int n;

	memcpy(words, set, sizeof words);
	for (n = 0; n < SET_WORDS; n++)
		bits |= (uint64_t)words[n] << (n * 32);
	return bits;
}

/* For the others there is nothing to be done. */
static uint64_t settable_signals(const sigset_t *set)
{
	return signal_bits(set) & ~FIXED_SIGNALS;
}

/*
 * A parent that asks for it has children with the usual policy. musl has no
 * such function, only its name.
 */
static int32_t inherited_policy(void)
{
	int32_t policy = (int32_t)syscall(SYS_sched_getscheduler, 0);

	return policy & SCHED_RESET_ON_FORK ? SCHED_OTHER : policy;
}

static void compile_scheduling(struct plan_builder *builder,
			       const struct attributes *attributes)
{
	const short either =
		POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSCHEDPARAM;
	struct op *op;

	if (!(attributes->flags & either))
		return;
	op = plan_add(builder, OP_SCHEDULER, LIBSPAWN_STEP_SCHEDULER);
	op->value = (uint64_t)attributes->parameter.sched_priority;
	op->number = attributes->flags & POSIX_SPAWN_SETSCHEDULER
			     ? attributes->policy
			     : inherited_policy();
}

/* The effective ids become the real ones; the gid while that is allowed. */
static void compile_ids(struct plan_builder *builder)
{
	plan_number(builder, OP_GID, LIBSPAWN_STEP_GID, (int32_t)getgid());
	plan_number(builder, OP_UID, LIBSPAWN_STEP_UID, (int32_t)getuid());
	builder->plan->flags |= PLAN_CHANGES_IDS;
}

static void compile_attributes(struct plan_builder *builder,
			       const struct attributes *attributes)
{
	const short flags = attributes->flags;

	if (flags & POSIX_SPAWN_SETSIGDEF)
		plan_value(builder, OP_SIGNALS_DEFAULT, LIBSPAWN_STEP_SIGNALS,
			   settable_signals(&attributes->defaults));
	compile_scheduling(builder, attributes);
	if (flags & POSIX_SPAWN_SETCGROUP)
		plan_fd(builder, OP_CGROUP, LIBSPAWN_STEP_CGROUP,
			attributes->cgroup);
	if (flags & POSIX_SPAWN_SETSID)
		plan_add(builder, OP_SESSION, LIBSPAWN_STEP_SESSION);
	if (flags & POSIX_SPAWN_SETPGROUP)
		plan_number(builder, OP_PROCESS_GROUP,
			    LIBSPAWN_STEP_PROCESS_GROUP, attributes->group);
	if (flags & POSIX_SPAWN_RESETIDS)
		compile_ids(builder);
}

/* ---- File actions ------------------------------------------------------ */

static struct op *add_step(struct plan_builder *builder, enum op_kind kind,
			   const struct action *action, int32_t index)
{
	int32_t step = kind == OP_CHDIR || kind == OP_FCHDIR ? LIBSPAWN_STEP_CWD
							     : LIBSPAWN_STEP_FD;
	struct op *op = libspawn__builder_add(builder, kind, step, index);

	op->fd = action->fd;
	op->data = action->path;
	return op;
}

/* A descriptor to itself stays open, which dup2() would not see to. */
static void compile_dup2(struct plan_builder *builder,
			 const struct action *action, int32_t index)
{
	if (action->fd == action->new_fd)
		add_step(builder, OP_FD_KEEP, action, index);
	else
		add_step(builder, OP_FD_MOVE, action, index)->number =
			action->new_fd;
}

/* "As if closed before the new file is opened", should it be open. */
static void compile_open(struct plan_builder *builder,
			 const struct action *action, int32_t index)
{
	struct op *op;

	add_step(builder, OP_FD_CLOSE, action, index);
	op = add_step(builder, OP_FD_OPEN, action, index);
	op->number = action->fd;
	op->fd = (int32_t)action->mode;
	op->value = (uint32_t)action->flags | O_LARGEFILE;
}

/*
 * Not open is no error, unless the limit has been lowered since: then glibc has
 * one for a number that is beyond it.
 */
static void compile_close(struct plan_builder *builder,
			  const struct action *action, int32_t index)
{
	add_step(builder, OP_FD_CLOSE, action, index)->number =
		!object_may_name(action->fd);
}

static void compile_action(struct plan_builder *builder,
			   const struct action *action, int32_t index)
{
	switch (action->kind) {
	case ACTION_DUP2: compile_dup2(builder, action, index); break;
	case ACTION_OPEN: compile_open(builder, action, index); break;
	case ACTION_CHDIR: add_step(builder, OP_CHDIR, action, index); break;
	case ACTION_FCHDIR: add_step(builder, OP_FCHDIR, action, index); break;
	case ACTION_CLOSE_FROM:
		add_step(builder, OP_CLOSE_FROM, action, index);
		break;
	case ACTION_FOREGROUND:
		add_step(builder, OP_FOREGROUND, action, index)->value =
			TIOCSPGRP;
		break;
	default: compile_close(builder, action, index);
	}
}

/* The number that an action writes to, or -1. */
static int32_t written_by_action(const struct action *action)
{
	switch (action->kind) {
	case ACTION_DUP2: return action->new_fd;
	case ACTION_OPEN:
	case ACTION_CLOSE: return action->fd;
	default: return -1;
	}
}

static int compare_actions(const void *a, const void *b)
{
	return compare_numbers(written_by_action(a), written_by_action(b));
}

static size_t targets_bytes(uint32_t count)
{
	return arena_round(libspawn__sorted_bytes(count)) +
	       arena_round(count * sizeof(int32_t));
}

static void compile_targets(struct plan_builder *builder,
			    const struct action_list *list)
{
	struct sorted sorted;
	int32_t *targets;
	uint32_t n;

	libspawn__sorted_begin(
		&sorted,
		arena_take(builder->arena, libspawn__sorted_bytes(list->count)),
		compare_actions);
	for (n = 0; n < list->count; n++)
		if (written_by_action(&list->actions[n]) >= 0)
			libspawn__sorted_add(&sorted, &list->actions[n]);
	libspawn__sorted_finish(&sorted);
	targets = arena_take(builder->arena, sorted.count * sizeof *targets);
	for (n = 0; n < sorted.count; n++)
		targets[n] = written_by_action(sorted.elements[n]);
	builder->plan->targets = targets;
	builder->plan->target_count = sorted.count;
}

static void compile_actions(struct plan_builder *builder,
			    const struct action_list *list)
{
	uint32_t n;

	for (n = 0; n < list->count; n++)
		compile_action(builder, &list->actions[n], (int32_t)n);
	compile_targets(builder, list);
}

/* ---- The whole --------------------------------------------------------- */

static void compile_mask(struct plan_builder *builder,
			 const struct attributes *attributes)
{
	struct op *op = plan_add(builder, OP_MASK, LIBSPAWN_STEP_SIGNAL_MASK);

	op->number = 1;
	if (!attributes || !(attributes->flags & POSIX_SPAWN_SETSIGMASK))
		return;
	op->number = 0;
	op->value = signal_bits(&attributes->mask);
}

struct posix_room libspawn__compile_room(const struct posix_call *call)
{
	struct path_room path =
		libspawn__path_room(call->search_list, call->program);
	struct posix_room room = { ATTRIBUTE_OPS + path.count,
				   libspawn__strings_count(call->argv), 0 };

	/* An open is a close before. */
	if (call->actions)
		room.ops += 2 * call->actions->count;
	room.bytes = arena_round(sizeof(struct plan)) +
		     arena_round(room.ops * sizeof(struct op)) + path.bytes;
	if (call->actions)
		room.bytes += targets_bytes(call->actions->count);
	return room;
}

const struct plan *libspawn__compile(const struct posix_call *call,
				     const struct posix_room *room,
				     struct arena *arena)
{
	struct plan_builder builder = { .arena = arena };

	builder.plan = arena_take(arena, sizeof *builder.plan);
	memset(builder.plan, 0, sizeof *builder.plan);
	builder.ops = arena_take(arena, room->ops * sizeof *builder.ops);
	builder.plan->ops = builder.ops;
	builder.plan->argv = call->argv;
	builder.plan->argc = room->argc;
	builder.plan->env = call->env;
	builder.plan->flags = call->flags | PLAN_DEATH_IS_START;
	builder.plan->busy_retry = BUSY_RETRY_DEFAULT;
	if (call->wants_pidfd)
		plan_add(&builder, OP_PIDFD, LIBSPAWN_STEP_PIDFD);
	plan_add(&builder, OP_HANDLERS, LIBSPAWN_STEP_SIGNALS);
	if (call->attributes)
		compile_attributes(&builder, call->attributes);
	if (call->actions)
		compile_actions(&builder, call->actions);
	compile_mask(&builder, call->attributes);
	libspawn__path_plan(&builder, call->search_list, call->program);
	return builder.plan;
}
