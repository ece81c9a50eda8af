/* SPDX-License-Identifier: MIT */
/*
 * When and where the child runs: policy, nice, processors, the nodes that its
 * memory comes from, the cores that it shares with nobody; and as which kind of
 * system. All of it while the caller's privileges are still there.
 */
#define _GNU_SOURCE
#include "plan/scheduling.h"

#include <string.h>

enum { CPU_BYTES = LIBSPAWN_CPUS_MAX / 8, NODE_BYTES = LIBSPAWN_NODES_MAX / 8 };

/* The kernel reads words of its own size; bit n of the whole is number n. */
static const void *take_bits(struct plan_builder *builder, size_t bytes,
			     const uint32_t *numbers, uint32_t count)
{
	const uint32_t width = 8 * sizeof(unsigned long);
	unsigned long *bits = arena_take(builder->arena, bytes);
	uint32_t n;

	memset(bits, 0, bytes);
	for (n = 0; n < count; n++)
		bits[numbers[n] / width] |= 1UL << numbers[n] % width;
	return bits;
}

static void plan_affinity(struct plan_builder *builder,
			  const struct libspawn_options *options)
{
	plan_data(builder, OP_AFFINITY, LIBSPAWN_STEP_AFFINITY,
		  take_bits(builder, CPU_BYTES, options->cpus,
			    options->cpu_count),
		  CPU_BYTES);
}

/* No node is a policy of its own. */
static void plan_memory_policy(struct plan_builder *builder,
			       const struct libspawn_memory_policy *policy)
{
	struct op *op = plan_setting(builder, SET_MEMORY_POLICY,
				     LIBSPAWN_STEP_MEMORY_POLICY);

	op->fd = (int32_t)policy->mode;
	if (policy->node_count == 0)
		return;
	op->data = take_bits(builder, NODE_BYTES, policy->nodes,
			     policy->node_count);
	op->value = NODE_BYTES;
}

/* The kernel's struct, with its size filled in. */
static void plan_sched_attr(struct plan_builder *builder,
			    const struct libspawn_sched_attr *given)
{
	struct libspawn_sched_attr *own =
		arena_take(builder->arena, sizeof *own);
	struct op *op =
		plan_setting(builder, SET_SCHED_ATTR, LIBSPAWN_STEP_SCHED_ATTR);

	*own = *given;
	own->size = sizeof *own;
	op->data = own;
	op->value = sizeof *own;
}

/* nice after the policy, which would overwrite it. */
static void plan_policy(struct plan_builder *builder,
			const struct libspawn_options *options)
{
	struct op *op;

	if (HAS(SCHEDULER)) {
		op = plan_add(builder, OP_SCHEDULER, LIBSPAWN_STEP_SCHEDULER);
		op->number = options->sched_policy;
		op->value = (uint64_t)options->sched_priority;
	}
	if (options->sched_attr)
		plan_sched_attr(builder, options->sched_attr);
	if (HAS(NICE))
		plan_number(builder, OP_NICE, LIBSPAWN_STEP_NICE,
			    options->nice);
}

void libspawn__scheduling_plan(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;

	plan_policy(builder, options);
	if (options->cpu_count)
		plan_affinity(builder, options);
	if (HAS(IO_PRIORITY))
		plan_number(builder, OP_IO_PRIORITY, LIBSPAWN_STEP_IO_PRIORITY,
			    (int32_t)options->io_priority);
	if (HAS(TIMER_SLACK))
		plan_value(builder, OP_TIMER_SLACK, LIBSPAWN_STEP_TIMER_SLACK,
			   options->timer_slack);
	if (options->memory_policy)
		plan_memory_policy(builder, options->memory_policy);
	if (HAS(NEW_CORE))
		plan_setting(builder, SET_NEW_CORE, LIBSPAWN_STEP_NEW_CORE);
	if (HAS(PERSONALITY))
		plan_setting(builder, SET_PERSONALITY,
			     LIBSPAWN_STEP_PERSONALITY)
			->value = options->personality;
}

size_t libspawn__scheduling_bytes(const struct libspawn_options *options)
{
	return (options->cpu_count ? arena_round(CPU_BYTES) : 0) +
	       (options->memory_policy ? arena_round(NODE_BYTES) : 0) +
	       (options->sched_attr ? arena_round(sizeof *options->sched_attr)
				    : 0);
}
