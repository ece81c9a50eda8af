/* SPDX-License-Identifier: MIT */
/*
 * The planner: compiles a request into a plan. It creates nothing, and asks the
 * system for nothing but its own pid.
 */
#ifndef LIBSPAWN_PLANNER_H
#define LIBSPAWN_PLANNER_H

#include <stddef.h>

#include "arena.h"
#include "child/plan.h"
#include "fdmap.h"
#include "request.h"

/* What a plan takes at most. */
struct plan_room {
	uint32_t ops;
	uint32_t argc;
	uint32_t variables;
	const char *search_list; /* read once: environ may change meanwhile */
	size_t bytes;
};

/* A plan in the making. */
struct plan_builder {
	const struct request *request;
	struct plan *plan;
	struct op *ops;
	struct arena *arena;
	struct failure *failure;
};

/*
 * planner.c: checks the request's strings and lists, and says what its plan
 * takes at most.
 */
int libspawn__planner_measure(const struct request *request,
			      struct plan_room *room, struct failure *failure);
/* Builds the plan from what was measured. The arena has room->bytes. */
int libspawn__planner_build(const struct request *request,
			    const struct plan_room *room, struct arena *arena,
			    const struct plan **plan, struct failure *failure);
/* Appends an operation; the caller fills the operands it has. */
struct op *libspawn__planner_add(struct plan_builder *builder,
				 enum op_kind kind, int32_t step,
				 int32_t index);

/* The same for the usual operands. */
static inline struct op *plan_add(struct plan_builder *builder,
				  enum op_kind kind, int32_t step)
{
	return libspawn__planner_add(builder, kind, step, -1);
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

/* steps.c: the operations of every option, in their order */
int libspawn__steps_plan(struct plan_builder *builder, const char *search_list);

/* identity.c: ids, root and capabilities */
void libspawn__identity_plan(struct plan_builder *builder);

/* table.c: the descriptor table */
int libspawn__table_check(const struct libspawn_options *options,
			  struct failure *failure);
/* What table_plan() takes of the arena. */
size_t libspawn__table_bytes(const struct libspawn_options *options);
/* Two rows for one number are found here, where they are sorted: EINVAL. */
int libspawn__table_plan(struct plan_builder *builder);

#endif
