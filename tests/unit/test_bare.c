/* SPDX-License-Identifier: MIT */
/*
 * Bare requests, which take a shorter way to their plan: it is the plan that
 * the long way makes, and nothing that has a step of its own passes for bare.
 */
#include <string.h>

#include "request/bare.h"
#include "unit.h"

static const uint64_t flags[] = {
	LIBSPAWN_INHERIT_FDS,	LIBSPAWN_PIDFD,	   LIBSPAWN_HOLD,
	LIBSPAWN_POLL_FD,	LIBSPAWN_MAY_WAIT, LIBSPAWN_ALLOW_FORK,
	LIBSPAWN_INTERRUPTIBLE,
};

static uint64_t combine(uint32_t chosen)
{
	uint64_t all = 0;
	size_t n;

	for (n = 0; n < COUNT(flags); n++)
		if (chosen >> n & 1)
			all |= flags[n];
	return all;
}

static void compile(struct compiled *compiled, uint64_t asked, int is_bare,
		    int may_not_wait)
{
	const struct libspawn_options options = { OPTIONS, .flags = asked };

	assert_int_equal(request_read(compiled, NULL, NULL, &options), 0);
	compiled->request.is_bare = is_bare;
	compiled->request.may_not_wait = may_not_wait;
	assert_int_equal(plan_measure(compiled), 0);
	assert_int_equal(plan_build(compiled), 0);
}

static void compare_ways(uint64_t asked, int may_not_wait)
{
	struct compiled bare;
	struct compiled full;

	compile(&bare, asked, 1, may_not_wait);
	compile(&full, asked, 0, may_not_wait);
	assert_int_equal(bare.plan->op_count, full.plan->op_count);
	assert_memory_equal(bare.plan->ops, full.plan->ops,
			    full.plan->op_count * sizeof(struct op));
	assert_true(bare.plan->kinds == full.plan->kinds);
	assert_int_equal(bare.plan->flags, full.plan->flags);
	assert_int_equal(bare.plan->busy_retry, full.plan->busy_retry);
	assert_int_equal(bare.plan->target_count, 0);
	plan_free(&bare);
	plan_free(&full);
}

static void both_ways_make_the_same_plan(void **state)
{
	uint32_t chosen;

	(void)state;
	for (chosen = 0; chosen < 1u << COUNT(flags); chosen++) {
		const struct libspawn_options options = {
			OPTIONS, .flags = combine(chosen)
		};

		assert_true(libspawn__bare_holds(&options));
		compare_ways(combine(chosen), 0);
		compare_ways(combine(chosen), 1);
	}
}

static void any_other_flag_is_not_bare(void **state)
{
	int bit;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		const uint64_t flag = UINT64_C(1) << bit;
		const struct libspawn_options options = { OPTIONS,
							  .flags = flag };
		int is_known = (flag & combine(UINT32_MAX)) != 0;

		assert_int_equal(libspawn__bare_holds(&options), is_known);
	}
}

/* Whatever it is: the last one of the struct too. */
static void any_field_is_not_bare(void **state)
{
	const size_t first = offsetof(struct libspawn_options, signal_default);
	struct libspawn_options options;
	size_t at;

	(void)state;
	for (at = first; at < sizeof options; at++) {
		memset(&options, 0, sizeof options);
		options.size = sizeof options;
		((char *)&options)[at] = 1;
		assert_false(libspawn__bare_holds(&options));
	}
}

static void a_backend_that_is_none_is_not_bare(void **state)
{
	struct libspawn_options options = { OPTIONS };

	(void)state;
	options.backend = LIBSPAWN_BACKEND_FORK;
	assert_true(libspawn__bare_holds(&options));
	options.backend = LIBSPAWN_BACKEND_FORK + 1;
	assert_false(libspawn__bare_holds(&options));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(both_ways_make_the_same_plan),
	cmocka_unit_test(any_other_flag_is_not_bare),
	cmocka_unit_test(any_field_is_not_bare),
	cmocka_unit_test(a_backend_that_is_none_is_not_bare),
};

UNIT_MAIN(tests)
