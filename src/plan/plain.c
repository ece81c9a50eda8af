/* SPDX-License-Identifier: MIT */
/*
 * The steps of a bare request, and what they share with those of all others:
 * the same operations in the same order, without a look at what is not asked
 * for. To pass by all of that would cost more than the plan itself.
 */
#define _GNU_SOURCE
#include "plan/plain.h"

#include "child/every_start.h"
#include "plan/path.h"
#include "plan/table.h"

int libspawn__plain_does_not_wait(const struct request *request)
{
	const struct libspawn_options *options = &request->options;

	return request->may_not_wait || request->is_together || HAS(HOLD) ||
	       request->is_held || options->start_timeout_ms;
}

/* It is always set: all signals are blocked until then (hazard 1). */
void libspawn__plain_mask(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;
	struct op *mask = plan_add(builder, OP_MASK, LIBSPAWN_STEP_SIGNAL_MASK);

	mask->value = options->signal_mask;
	mask->number = !HAS(SIGNAL_MASK);
}

/* A test compares this with what steps.c makes of the same request. */
EVERY_START void libspawn__plain_plan(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;

	if (libspawn__plain_does_not_wait(builder->request))
		plan_add(builder, OP_NO_WAIT, LIBSPAWN_STEP_BEGIN);
	if (HAS(PIDFD))
		plan_add(builder, OP_PIDFD, LIBSPAWN_STEP_PIDFD);
	if (HAS(HOLD))
		plan_add(builder, OP_HOLD, LIBSPAWN_STEP_BEGIN);
	plan_add(builder, OP_HANDLERS, LIBSPAWN_STEP_SIGNALS);
	libspawn__table_plan_others(builder);
	libspawn__plain_mask(builder);
	libspawn__path_plan(builder, NULL, builder->request->program);
}
