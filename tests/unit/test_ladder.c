/* SPDX-License-Identifier: MIT */
/*
 * The ladder with four backends made by this file: whatever each would do, the
 * best that can is taken, nobody is asked after it, and fork only if it may be.
 */
#include <errno.h>
#include <string.h>

#include "backend/backend.h"
#include "deadline.h"
#include "unit.h"

/* What one of the backends makes of a plan. */
enum behaviour {
	DECLINES,    /* it does not take one of the operations */
	OBJECTS,     /* it takes them all, but not as they are here */
	ABSENT,	     /* this system has no such backend */
	UNAVAILABLE, /* it is refused while it creates */
	STARTS,
	FAILS, /* no process; nobody else is to try */
	BEHAVIOURS
};

enum { BACKENDS = 4 };

static enum behaviour behaviours[BACKENDS];

/* An operation that every backend takes, and one that some do not. */
static const struct op ops[] = {
	{ .kind = OP_MASK },
	{ .kind = OP_CHROOT },
	{ .kind = OP_EXEC },
};

enum { CHROOT_OP = 1 };

static const struct plan wish = {
	.ops = ops,
	.op_count = 3,
	.kinds = OP_BIT(OP_MASK) | OP_BIT(OP_CHROOT) | OP_BIT(OP_EXEC),
};

/* ---- The backends -------------------------------------------------------- */

static struct backend played[BACKENDS];
static uint32_t created[BACKENDS]; /* how often each was told to create */

static int32_t object(const struct plan *plan)
{
	assert_ptr_equal(plan, &wish);
	return CHROOT_OP;
}

static void play(void)
{
	uint32_t n;

	for (n = 0; n < BACKENDS; n++) {
		played[n].id = BACKEND_CLONE + n;
		played[n].takes = wish.kinds;
		if (behaviours[n] == DECLINES)
			played[n].takes &= ~OP_BIT(OP_CHROOT);
		if (behaviours[n] == ABSENT)
			played[n].takes = 0;
		played[n].declines = behaviours[n] == OBJECTS ? object : NULL;
		created[n] = 0;
	}
}

static void played_begin(const struct backend *backend,
			 struct creation *creation, struct launch *launch,
			 struct outcome *outcome)
{
	const uint32_t n = backend->id - BACKEND_CLONE;

	assert_ptr_equal(launch->plan, &wish);
	creation->pid = 0;
	memset(outcome, 0, sizeof *outcome);
	outcome->backend = backend->id;
	outcome->op = -1;
	created[n]++;
	switch (behaviours[n]) {
	case UNAVAILABLE:
		outcome->kind = OUTCOME_DECLINED;
		outcome->code = ENOTSUP;
		break;
	case FAILS:
		outcome->kind = OUTCOME_NOT_CREATED;
		outcome->code = ENOMEM;
		break;
	case STARTS: creation->pid = 77; break;
	default: fail_msg("backend %u does not take the plan", backend->id);
	}
}

static int played_finish(struct creation *creation, int64_t deadline,
			 struct outcome *outcome)
{
	assert_true(deadline == DEADLINE_NEVER);
	outcome->pid = (int32_t)creation->pid;
	return 0;
}

/* ladder.c with these in place of the library's. */
#define libspawn__backend_clone played[0]
#define libspawn__backend_vfork played[1]
#define libspawn__backend_posix_spawn played[2]
#define libspawn__backend_fork played[3]
#define libspawn__create_begin played_begin
#define libspawn__create_finish played_finish
#include "backend/ladder.c"

/* ---- The model ----------------------------------------------------------- */

static int may_be_asked(uint32_t n, uint32_t wanted, int allowed)
{
	const uint32_t id = BACKEND_CLONE + n;

	if (id == BACKEND_FORK && !allowed)
		return 0;
	return wanted == BACKEND_ANY || wanted == id;
}

static int declines(uint32_t n, int only_asked)
{
	return behaviours[n] == DECLINES || behaviours[n] == OBJECTS ||
	       behaviours[n] == ABSENT ||
	       (behaviours[n] == UNAVAILABLE && !only_asked);
}

/* Who has the last word: the first that does not decline; -1: they all did. */
static int find_taker(uint32_t wanted, int allowed, int only_asked)
{
	uint32_t n;

	for (n = 0; n < BACKENDS; n++)
		if (may_be_asked(n, wanted, allowed) &&
		    !declines(n, only_asked))
			return (int)n;
	return -1;
}

/* Whose refusal is told: the best backend's of those that are there. */
static int find_first(uint32_t wanted, int allowed)
{
	uint32_t n;

	for (n = 0; n < BACKENDS; n++)
		if (may_be_asked(n, wanted, allowed) &&
		    (behaviours[n] != ABSENT || wanted != BACKEND_ANY))
			return (int)n;
	return -1;
}

static void check_declined(const struct outcome *outcome, int first)
{
	assert_int_equal(outcome->kind, OUTCOME_DECLINED);
	assert_int_equal(outcome->code, ENOTSUP);
	if (first >= 0 &&
	    (behaviours[first] == DECLINES || behaviours[first] == OBJECTS))
		assert_int_equal(outcome->op, CHROOT_OP);
	else
		assert_int_equal(outcome->op, -1);
	if (first >= 0)
		assert_int_equal(outcome->backend, BACKEND_CLONE + first);
}

static void check_start(uint32_t wanted, int allowed)
{
	struct launch launch = { .plan = &wish };
	const int taker = find_taker(wanted, allowed, 0);
	struct outcome outcome;
	int n;

	play();
	libspawn__ladder_start(wanted, allowed, &launch, &outcome);
	for (n = 0; n < BACKENDS; n++)
		assert_int_equal(created[n],
				 may_be_asked((uint32_t)n, wanted, allowed) &&
					 (taker < 0 || n <= taker) &&
					 behaviours[n] >= UNAVAILABLE);
	if (taker < 0) {
		check_declined(&outcome, find_first(wanted, allowed));
		return;
	}
	assert_int_equal(outcome.backend, BACKEND_CLONE + taker);
	assert_int_equal(outcome.kind, behaviours[taker] == STARTS
					       ? OUTCOME_STARTED
					       : OUTCOME_NOT_CREATED);
	assert_int_equal(outcome.pid, behaviours[taker] == STARTS ? 77 : 0);
}

static void check_question(uint32_t wanted, int allowed)
{
	const int taker = find_taker(wanted, allowed, 1);
	struct outcome outcome;
	uint32_t n;

	play();
	libspawn__ladder_ask(wanted, allowed, &wish, &outcome);
	for (n = 0; n < BACKENDS; n++)
		assert_int_equal(created[n], 0);
	if (taker < 0) {
		check_declined(&outcome, find_first(wanted, allowed));
		return;
	}
	assert_int_equal(outcome.kind, OUTCOME_STARTED);
	assert_int_equal(outcome.code, 0);
	assert_int_equal(outcome.backend, BACKEND_CLONE + taker);
}

/* ---- Tests --------------------------------------------------------------- */

enum { COMBINATIONS = BEHAVIOURS * BEHAVIOURS * BEHAVIOURS * BEHAVIOURS };

static void behave_as(unsigned combination)
{
	uint32_t n;

	for (n = 0; n < BACKENDS; n++, combination /= BEHAVIOURS)
		behaviours[n] = (enum behaviour)(combination % BEHAVIOURS);
}

static void check_all(int allowed)
{
	unsigned combination;
	uint32_t wanted;

	for (combination = 0; combination < COMBINATIONS; combination++)
		for (wanted = BACKEND_ANY; wanted <= BACKEND_FORK; wanted++) {
			behave_as(combination);
			check_start(wanted, allowed);
			check_question(wanted, allowed);
		}
}

static void the_best_that_can_is_taken_whatever_the_others_do(void **state)
{
	(void)state;
	check_all(1);
}

/* Also when the operator's variable names it: that is not the caller. */
static void fork_is_never_reached_unless_it_is_allowed(void **state)
{
	(void)state;
	check_all(0);
}

static void a_failure_is_not_made_good_by_another_backend(void **state)
{
	struct launch launch = { .plan = &wish };
	struct outcome outcome;

	(void)state;
	behaviours[0] = FAILS;
	behaviours[1] = behaviours[2] = behaviours[3] = STARTS;
	play();
	libspawn__ladder_start(BACKEND_ANY, 1, &launch, &outcome);
	assert_int_equal(outcome.code, ENOMEM);
	assert_int_equal(created[1] + created[2] + created[3], 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_best_that_can_is_taken_whatever_the_others_do),
	cmocka_unit_test(fork_is_never_reached_unless_it_is_allowed),
	cmocka_unit_test(a_failure_is_not_made_good_by_another_backend),
};

UNIT_MAIN(tests)
