/* SPDX-License-Identifier: MIT */
/*
 * Steps that may wait without end: the open of a FIFO, a directory of a file
 * system that does not answer, a frozen cgroup. A child that waits has all
 * signals blocked, and nobody left if its caller is killed: for so long it dies
 * with its parent (hazard 17). A plan without such a step has none of this.
 */
#define _GNU_SOURCE
#include "plan/blocking.h"

static int may_block(const struct request *request)
{
	const struct libspawn_options *options = &request->options;

	/* Who goes on may end the thread that this signal follows. */
	if (request->may_not_wait || HAS(HOLD) || request->is_held)
		return 0;
	/* /dev/null is opened at once. */
	return options->mount_count || options->cwd || options->root ||
	       HAS(CWD_FD) || HAS(CGROUP_FD) ||
	       libspawn__has_row_of_kind(options, LIBSPAWN_FD_OPEN);
}

void libspawn__blocking_begin(struct plan_builder *builder)
{
	if (may_block(builder->request))
		plan_number(builder, OP_DIE_TOGETHER,
			    LIBSPAWN_STEP_PARENT_DEATH, 1);
}

/* A change of ids clears it. prctl(2) */
void libspawn__blocking_renew(struct plan_builder *builder)
{
	if (builder->plan->flags & PLAN_CHANGES_IDS)
		libspawn__blocking_begin(builder);
}

/* It would outlast exec. */
void libspawn__blocking_end(struct plan_builder *builder)
{
	if (may_block(builder->request))
		plan_number(builder, OP_DIE_TOGETHER,
			    LIBSPAWN_STEP_PARENT_DEATH, 0);
}
