/* SPDX-License-Identifier: MIT */
/* A plan in the making: what the steps append their operations to. */
#ifndef LIBSPAWN_PLAN_BUILDER_H
#define LIBSPAWN_PLAN_BUILDER_H

#include "child/plan.h"
#include "plan/arena.h"
#include "request/request.h"

/* plan.busy_retry where nothing else is asked for; microseconds. */
enum { BUSY_RETRY_DEFAULT = 100000 };

struct plan_builder {
	const struct request *request;
	struct plan *plan;
	struct op *ops;
	struct arena *arena;
};

/* builder.c: appends an operation; the caller fills the operands it has. */
struct op *libspawn__builder_add(struct plan_builder *builder,
				 enum op_kind kind, int32_t step,
				 int32_t index);

/* The same for the usual operands. */
static inline struct op *plan_add(struct plan_builder *builder,
				  enum op_kind kind, int32_t step)
{
	return libspawn__builder_add(builder, kind, step, -1);
}

static inline void plan_number(struct plan_builder *builder, enum op_kind kind,
			       int32_t step, int32_t number)
{
	plan_add(builder, kind, step)->number = number;
}

static inline void plan_value(struct plan_builder *builder, enum op_kind kind,
			      int32_t step, uint64_t value)
{
	plan_add(builder, kind, step)->value = value;
}

static inline void plan_fd(struct plan_builder *builder, enum op_kind kind,
			   int32_t step, int32_t fd)
{
	plan_add(builder, kind, step)->fd = fd;
}

static inline void plan_data(struct plan_builder *builder, enum op_kind kind,
			     int32_t step, const void *data, uint64_t value)
{
	struct op *op = plan_add(builder, kind, step);

	op->data = data;
	op->value = value;
}

/* Of those that need no kind of their own: enum setting. */
static inline struct op *plan_setting(struct plan_builder *builder,
				      enum setting setting, int32_t step)
{
	struct op *op = plan_add(builder, OP_SET, step);

	op->number = setting;
	return op;
}

#endif
