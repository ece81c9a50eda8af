/* SPDX-License-Identifier: MIT */
/*
 * Copies a plan with all that it points to, so that its caller may free, unmap
 * or overwrite what it has lent while the child is still at work.
 */
#define _GNU_SOURCE
#include "plan/own.h"

#include <string.h>

#include "child/every_start.h"
#include "request/strings.h"

/* The bytes of one instruction of a filter: struct sock_filter. */
enum { INSTRUCTION = 8 };

/* What data of an operation is, in bytes. */
static size_t data_bytes(const struct op *op)
{
	switch ((enum op_kind)op->kind) {
	case OP_RLIMIT: return sizeof(struct op_rlimit);
	case OP_SECCOMP: return sizeof(struct op_filter);
	case OP_MOUNT: return ((const struct op_mount *)op->data)->bytes;
	case OP_AFFINITY:
	case OP_ID_MAP:
	case OP_OOM_SCORE_ADJ: return (size_t)op->value;
	case OP_SET:
	case OP_SET_MEMORY: return op->data ? (size_t)op->value : 0;
	case OP_GROUPS: return (size_t)op->value * sizeof(uint32_t);
	case OP_FD_OPEN:
	case OP_CHROOT:
	case OP_CHDIR:
	case OP_EXEC: return strlen(op->data) + 1;
	default: return 0;
	}
}

static size_t filter_bytes(const struct op *op)
{
	const struct op_filter *filter = op->data;

	return op->kind == OP_SECCOMP ? filter->count * INSTRUCTION : 0;
}

/* A list of strings, with its NULL. */
EVERY_START static size_t strings_bytes(char *const *strings)
{
	size_t bytes = 0;
	uint32_t n;

	for (n = 0; strings[n]; n++)
		bytes += strlen(strings[n]) + 1;
	return arena_round((n + 1) * sizeof *strings) + arena_round(bytes);
}

EVERY_START size_t libspawn__plan_bytes(const struct plan *plan)
{
	size_t bytes = arena_round(sizeof *plan) +
		       arena_round(plan->op_count * sizeof *plan->ops) +
		       strings_bytes(plan->argv) + strings_bytes(plan->env);
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		bytes += arena_round(data_bytes(&plan->ops[n])) +
			 arena_round(filter_bytes(&plan->ops[n]));
	return bytes;
}

EVERY_START static void *copy_piece(struct arena *arena, const void *from,
				    size_t bytes)
{
	return bytes ? memcpy(arena_take(arena, bytes), from, bytes) : NULL;
}

/*
 * One behind the other: an environment has many, and most are short. But the
 * one that is kept, which is not the caller's.
 */
EVERY_START static char *const *
copy_strings(struct arena *arena, char *const *strings, const char *kept)
{
	uint32_t count = libspawn__strings_count(strings);
	char **own = arena_take(arena, (count + 1) * sizeof *own);
	char *text = arena->next;
	uint32_t n;

	for (n = 0; n < count; n++) {
		own[n] = strings[n] == kept ? strings[n] : text;
		if (own[n] == text)
			text = stpcpy(text, strings[n]) + 1;
	}
	own[count] = NULL;
	arena_take(arena, (size_t)(text - arena->next));
	return own;
}

EVERY_START static void copy_data(struct arena *arena, struct op *op)
{
	size_t instructions = filter_bytes(op);
	void *data = copy_piece(arena, op->data, data_bytes(op));
	struct op_filter *filter = data;

	if (instructions)
		filter->instructions =
			copy_piece(arena, filter->instructions, instructions);
	op->data = data;
}

EVERY_START const struct plan *libspawn__plan_own(const struct plan *plan,
						  struct arena *arena)
{
	struct plan *own = copy_piece(arena, plan, sizeof *plan);
	struct op *ops =
		copy_piece(arena, plan->ops, plan->op_count * sizeof *ops);
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		copy_data(arena, &ops[n]);
	own->ops = ops;
	own->argv = copy_strings(arena, plan->argv, NULL);
	own->env = copy_strings(arena, plan->env, plan->pid_variable);
	return own;
}
