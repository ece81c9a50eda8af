/* SPDX-License-Identifier: MIT */
/*
 * The planner: compiles a request into a plan. It creates nothing, and asks the
 * system for nothing but what the caller has: a pid and, where a request is
 * about them, ids and limits.
 */
#ifndef LIBSPAWN_PLAN_PLANNER_H
#define LIBSPAWN_PLAN_PLANNER_H

#include <stddef.h>

#include "child/plan.h"
#include "plan/arena.h"
#include "request/request.h"

/* What a plan takes at most. */
struct plan_room {
	uint32_t ops;
	uint32_t argc;
	uint32_t variables;
	const char *search_list; /* read once: environ may change meanwhile */
	size_t bytes;
};

/*
 * planner.c: checks the request's strings and lists, and says what its plan
 * takes at most.
 */
int libspawn__planner_measure(const struct request *request,
			      struct plan_room *room, struct failure *failure);
/*
 * Builds the plan from what was measured and the rows in their order. What the
 * table took of the arena is in room->bytes.
 */
const struct plan *libspawn__planner_build(const struct request *request,
					   const struct plan_room *room,
					   struct arena *arena);

#endif
