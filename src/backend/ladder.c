/* SPDX-License-Identifier: MIT */
/*
 * The ladder: the backends, best first. One that can't honour a plan declines
 * and the next one is asked. Fork is not reached unless it may be.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/shared_table.h"
#include "backend/substitute.h"
#include "child/every_start.h"
#include "deadline.h"

/* Nothing else refers to a backend: one that is not here is not built in. */
#ifndef LIBSPAWN_BACKENDS
#define LIBSPAWN_BACKENDS                                                      \
	LIBSPAWN_RUNG(clone)                                                   \
	LIBSPAWN_RUNG(vfork)                                                   \
	LIBSPAWN_RUNG(posix_spawn)                                             \
	LIBSPAWN_RUNG(fork)
#endif
#define LIBSPAWN_RUNG(name) &libspawn__backend_##name,

static const struct backend *const ladder[] = { LIBSPAWN_BACKENDS };

enum { RUNGS = sizeof ladder / sizeof ladder[0] };

/*
 * Fork needs permission even when it is named. One that this system has not is
 * asked only by its name: its refusal would hide what the others say.
 */
static int is_wanted(const struct backend *backend, uint32_t wanted,
		     int may_fork)
{
	if (backend->id == BACKEND_FORK && !may_fork)
		return 0;
	if (wanted == BACKEND_ANY)
		return backend->takes != 0;
	return wanted == backend->id;
}

/* The first operation that the backend has no way to do, or -1. */
static int32_t find_declined(const struct backend *backend,
			     const struct plan *plan)
{
	uint64_t takes = backend->takes;
	int32_t declined;

	/* It would be the caller's. Hazard 12. */
	if (backend->shares_memory)
		takes &= ~OP_BIT(OP_SET_MEMORY);
	if (plan->flags & PLAN_MAY_WAIT)
		takes |= OP_BIT(OP_NO_WAIT);
	declined = plan_find(plan, ~takes);
	if (declined < 0 && backend->declines)
		declined = backend->declines(plan);
	return declined;
}

/* Fills outcome in any case: as begun by this backend, or as declined. */
static int accepts(const struct backend *backend, const struct plan *plan,
		   struct outcome *outcome)
{
	memset(outcome, 0, sizeof *outcome);
	outcome->backend = backend->id;
	outcome->op = -1;
	if (backend->takes)
		outcome->op = find_declined(backend, plan);
	if (backend->takes && outcome->op < 0)
		return 1;
	outcome->kind = OUTCOME_DECLINED;
	outcome->code = ENOTSUP;
	return 0;
}

/* A failure is final: the next backend would only hide it. */
static int may_go_on(const struct outcome *outcome)
{
	return outcome->kind == OUTCOME_DECLINED;
}

/*
 * The outcome of the first that declined, unless a later one did not. Without a
 * creation nothing is begun.
 */
EVERY_START static void climb(uint32_t wanted, int may_fork,
			      const struct plan *plan,
			      struct creation *creation,
			      struct outcome *outcome)
{
	struct outcome attempt;
	int declined = 0;
	size_t n;

	memset(outcome, 0, sizeof *outcome);
	outcome->kind = OUTCOME_DECLINED;
	outcome->code = ENOTSUP;
	outcome->op = -1;
	outcome->backend = wanted;
	for (n = 0; n < RUNGS; n++) {
		if (!is_wanted(ladder[n], wanted, may_fork))
			continue;
		if (accepts(ladder[n], plan, &attempt) && creation)
			libspawn__create_begin(ladder[n], creation,
					       creation->launch, &attempt);
		if (!may_go_on(&attempt) || !declined++)
			*outcome = attempt;
		if (!may_go_on(&attempt))
			break;
	}
}

void libspawn__ladder_ask(uint32_t wanted, int may_fork,
			  const struct plan *plan, struct outcome *outcome)
{
	climb(wanted, may_fork, plan, NULL, outcome);
}

EVERY_START void libspawn__ladder_begin(uint32_t wanted, int may_fork,
					struct creation *creation,
					struct launch *launch,
					struct outcome *outcome)
{
	creation->pid = 0;
	creation->launch = launch;
	climb(wanted, may_fork, launch->plan, creation, outcome);
}

EVERY_START void libspawn__ladder_start(uint32_t wanted, int may_fork,
					struct launch *launch,
					struct outcome *outcome)
{
	struct creation creation;

	do {
		libspawn__ladder_begin(wanted, may_fork, &creation, launch,
				       outcome);
		if (creation.pid > 0)
			libspawn__create_finish(&creation, DEADLINE_NEVER,
						outcome);
	} while (libspawn__shared_table_was_kept(launch, outcome));
	libspawn__substitute_dead(launch, outcome);
}
