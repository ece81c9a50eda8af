/* SPDX-License-Identifier: MIT */
/*
 * Copies a plan with all that it points to, so that its caller may free, unmap
 * or overwrite what it has lent while the child is still at work.
 */
#define _GNU_SOURCE
#include "plan/own.h"

#include <string.h>

#include "child/every_start.h"

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

EVERY_START size_t libspawn__plan_measure(const struct plan *plan,
					  struct plan_lent *lent)
{
	size_t bytes = arena_round(sizeof *plan) +
		       arena_round(plan->op_count * sizeof *plan->ops);
	uint32_t n;

	libspawn__text_measure(&lent->argv, plan->argv, NULL);
	libspawn__text_measure(&lent->env, plan->env, plan->pid_variable);
	bytes += lent->argv.bytes + lent->env.bytes;
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
						  const struct plan_lent *lent,
						  struct arena *arena)
{
	struct plan *own = copy_piece(arena, plan, sizeof *plan);
	struct op *ops =
		copy_piece(arena, plan->ops, plan->op_count * sizeof *ops);
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		copy_data(arena, &ops[n]);
	own->ops = ops;
	own->argv = libspawn__text_copy(&lent->argv, arena);
	own->env = libspawn__text_copy(&lent->env, arena);
	return own;
}
