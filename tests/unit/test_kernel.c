/* SPDX-License-Identifier: MIT */
/* What a copy of the library remembers of its kernel. */
#define _GNU_SOURCE
#include "unit.h"

#include "backend/kernel.c"

static void facts_are_added_and_never_lost(void **state)
{
	uint32_t facts;

	(void)state;
	libspawn__kernel_learn(1);
	assert_int_equal(libspawn__kernel_facts(), 1);
	libspawn__kernel_learn(KERNEL_PROVEN(2));
	facts = 1 | KERNEL_PROVEN(2);
	assert_int_equal(libspawn__kernel_facts(), facts);
	libspawn__kernel_learn(2);
	assert_int_equal(libspawn__kernel_facts(), facts | 2);
}

static void what_is_no_fact_is_not_learnt(void **state)
{
	uint32_t facts = libspawn__kernel_facts();

	(void)state;
	libspawn__kernel_learn(UINT32_C(0xfffffc00));
	assert_int_equal(libspawn__kernel_facts(), facts);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(facts_are_added_and_never_lost),
	cmocka_unit_test(what_is_no_fact_is_not_learnt),
};

UNIT_MAIN(tests)
