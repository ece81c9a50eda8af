/* SPDX-License-Identifier: MIT */
/*
 * What confines, as settings of a plan: their texts and bits byte for byte,
 * and that a plan which owns what it points to has all of them.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "plan/own.h"
#include "unit.h"

static const struct libspawn_bpf allow[] = { { 6, 0, 0, 0x7fff0000 } };
static const struct libspawn_filter two_filters[] = {
	{ .instructions = allow, .count = 1 },
	{ .instructions = allow, .count = 1, .flags = LIBSPAWN_FILTER_LOG },
};
static const struct libspawn_time_offsets offsets = { .monotonic_s = -1,
						      .boottime_ns = 5 };
static const struct libspawn_sched_attr attributes = { .policy = 3 };
static const uint32_t two_nodes[] = { 0, 65 };
static const struct libspawn_memory_policy policy = { .nodes = two_nodes,
						      .node_count = 2,
						      .mode = 2 };

/* All of them at once. */
static const struct libspawn_options confining = {
	OPTIONS,
	.flags = LIBSPAWN_LOOPBACK | LIBSPAWN_PERSONALITY | LIBSPAWN_NEW_CORE |
		 LIBSPAWN_INHERITABLE_CAPS,
	.unshare = 0x44000080,
	.hostname = "host",
	.domainname = "",
	.exec_label = "label",
	.session_keyring = "name",
	.time_offsets = &offsets,
	.sched_attr = &attributes,
	.memory_policy = &policy,
	.filters = two_filters,
	.filter_count = 2,
	.inheritable_caps = 6,
	.personality = 8,
	.speculation = { 4, 0, 2 },
	.tsc = 1,
	.memory_traits = 15,
	.coredump_filter = 0x33,
};

static const struct op_interface lo_up = { .name = "lo", .flags = 1 };
static const uint8_t node_bits[LIBSPAWN_NODES_MAX / 8] = { [0] = 1, [8] = 2 };
static const struct libspawn_sched_attr sized = { .size = sizeof sized,
						  .policy = 3 };

#define THE(setting, step, index, fd, value, data)                             \
	{                                                                      \
		OP_SET, LIBSPAWN_STEP_##step, index, fd, SET_##setting, value, \
			data                                                   \
	}
#define TRAIT(setting, value, data)                                            \
	{                                                                      \
		OP_SET_MEMORY, LIBSPAWN_STEP_MEMORY_TRAITS, -1, 0,             \
			SET_##setting, value, data                             \
	}

/* In their order; of data, value bytes are alike. */
static const struct op expected[] = {
	THE(SCHED_ATTR, SCHED_ATTR, -1, 0, sizeof sized, &sized),
	THE(MEMORY_POLICY, MEMORY_POLICY, -1, 2, sizeof node_bits, node_bits),
	THE(NEW_CORE, NEW_CORE, -1, 0, 0, NULL),
	THE(PERSONALITY, PERSONALITY, -1, 0, 8, NULL),
	THE(EXEC_LABEL, EXEC_LABEL, -1, 0, 5, "label"),
	TRAIT(NO_EXEC_GAIN, 0, NULL),
	TRAIT(NO_HUGE_PAGES, 0, NULL),
	TRAIT(MERGE, 0, NULL),
	TRAIT(COREDUMP_FILTER, 4, "0x33"),
	THE(TIME_OFFSETS, TIME_OFFSETS, -1, 0, 28,
	    "monotonic -1 0\nboottime 0 5\n"),
	THE(HOSTNAME, HOSTNAME, -1, 0, 4, "host"),
	THE(DOMAINNAME, DOMAINNAME, -1, 0, 0, ""),
	THE(INTERFACE, LOOPBACK, -1, 0, sizeof lo_up, &lo_up),
	THE(KEYRING, KEYRING, -1, 0, 5, "name"),
	THE(SPECULATION, SPECULATION, 0, 0, 4, NULL),
	THE(SPECULATION, SPECULATION, 2, 2, 2, NULL),
	THE(TSC, TSC, -1, 0, 1, NULL),
};

static int is_setting(const struct op *op)
{
	return op->kind == OP_SET || op->kind == OP_SET_MEMORY;
}

static void assert_setting(const struct op *op, const struct op *wanted)
{
	assert_int_equal(op->number, wanted->number);
	assert_int_equal(op->kind, wanted->kind);
	assert_int_equal(op->step, wanted->step);
	assert_int_equal(op->index, wanted->index);
	assert_int_equal(op->fd, wanted->fd);
	assert_true(op->value == wanted->value);
	if (wanted->data && wanted->value)
		assert_memory_equal(op->data, wanted->data, op->value);
	else if (!wanted->data)
		assert_null(op->data);
}

static void check_settings(const struct plan *plan)
{
	size_t found = 0;
	uint32_t n;

	for (n = 0; n < plan->op_count; n++) {
		if (!is_setting(&plan->ops[n]))
			continue;
		assert_true(found < COUNT(expected));
		assert_setting(&plan->ops[n], &expected[found++]);
	}
	assert_int_equal(found, COUNT(expected));
}

static void each_becomes_its_setting(void **state)
{
	struct compiled compiled;

	(void)state;
	plan_compile(&compiled, NULL, &confining);
	plan_check_order(compiled.plan);
	check_settings(compiled.plan);
	plan_free(&compiled);
}

/* The first plan is overwritten: nothing of the second may lie in it. */
static void a_plan_that_owns_them_needs_nobody(void **state)
{
	struct compiled compiled;
	const struct plan *own;
	struct plan_lent lent;
	struct arena arena;
	size_t bytes;
	char *memory;

	(void)state;
	plan_compile(&compiled, NULL, &confining);
	bytes = libspawn__plan_measure(compiled.plan, &lent);
	memory = malloc(bytes);
	assert_non_null(memory);
	arena.next = memory;
	own = libspawn__plan_own(compiled.plan, &lent, &arena);
	assert_true(arena.next <= memory + bytes);
	plan_free(&compiled);
	check_settings(own);
	free(memory);
}

static void no_setting_is_without_a_test(void **state)
{
	uint32_t found = 0;
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(expected); n++)
		found |= UINT32_C(1) << expected[n].number;
	assert_int_equal(found, (UINT32_C(1) << SET_COUNT) - 1);
}

static void expect_setting(const struct libspawn_options *options,
			   const struct op *wanted)
{
	struct compiled compiled;
	int32_t n;

	plan_compile(&compiled, NULL, options);
	n = plan_find(compiled.plan, OP_BIT(OP_SET));
	assert_true(n >= 0);
	assert_setting(&compiled.plan->ops[n], wanted);
	plan_free(&compiled);
}

static void an_empty_name_of_a_keyring_is_none(void **state)
{
	const struct libspawn_options options = { OPTIONS,
						  .session_keyring = "" };
	const struct op wanted = THE(KEYRING, KEYRING, -1, 0, 0, NULL);

	(void)state;
	expect_setting(&options, &wanted);
}

/* Without nodes the kernel gets no bits, not bits without one. */
static void a_policy_without_nodes_has_no_bits(void **state)
{
	const struct libspawn_memory_policy local = { .mode = 4 };
	const struct libspawn_options options = { OPTIONS,
						  .memory_policy = &local };
	const struct op wanted =
		THE(MEMORY_POLICY, MEMORY_POLICY, -1, 4, 0, NULL);

	(void)state;
	expect_setting(&options, &wanted);
}

static void what_is_inheritable_is_so_alone(void **state)
{
	struct compiled compiled;
	int32_t n;

	(void)state;
	plan_compile(&compiled, NULL, &confining);
	n = plan_find(compiled.plan, OP_BIT(OP_CAPS_INHERIT));
	assert_true(n >= 0);
	assert_int_equal(compiled.plan->ops[n].step,
			 LIBSPAWN_STEP_INHERITABLE_CAPS);
	assert_int_equal(compiled.plan->ops[n].number, 1);
	assert_true(compiled.plan->ops[n].value == 6);
	plan_free(&compiled);
}

static void filters_come_in_their_order(void **state)
{
	struct libspawn_options options = confining;
	struct compiled compiled;
	int32_t n;

	(void)state;
	options.seccomp = allow;
	options.seccomp_count = 1;
	plan_compile(&compiled, NULL, &options);
	n = plan_find(compiled.plan, OP_BIT(OP_SECCOMP));
	assert_true(n >= 0);
	for (int32_t index = -1; index < 2; index++, n++) {
		assert_int_equal(compiled.plan->ops[n].kind, OP_SECCOMP);
		assert_int_equal(compiled.plan->ops[n].index, index);
		assert_int_equal(compiled.plan->ops[n].number,
				 index == 1 ? LIBSPAWN_FILTER_LOG : 0);
	}
	plan_free(&compiled);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_becomes_its_setting),
	cmocka_unit_test(a_plan_that_owns_them_needs_nobody),
	cmocka_unit_test(no_setting_is_without_a_test),
	cmocka_unit_test(an_empty_name_of_a_keyring_is_none),
	cmocka_unit_test(a_policy_without_nodes_has_no_bits),
	cmocka_unit_test(what_is_inheritable_is_so_alone),
	cmocka_unit_test(filters_come_in_their_order),
};

UNIT_MAIN(tests)
