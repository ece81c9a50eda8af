/* SPDX-License-Identifier: MIT */
/* Appends operations to a plan, in room that was measured before. */
#define _GNU_SOURCE
#include "plan/builder.h"

#include <string.h>

#include "child/every_start.h"

EVERY_START CALLED_OFTEN struct op *
libspawn__builder_add(struct plan_builder *builder, enum op_kind kind,
		      int32_t step, int32_t index)
{
	struct plan *plan = builder->plan;
	struct op *op = &builder->ops[plan->op_count++];

	memset(op, 0, sizeof *op);
	op->kind = (uint16_t)kind;
	op->step = (uint16_t)step;
	op->index = index;
	plan->kinds |= OP_BIT(kind);
	return op;
}
