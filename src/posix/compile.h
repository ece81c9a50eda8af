/* SPDX-License-Identifier: MIT */
/* A call of the family, and the plan it is compiled to. */
#ifndef LIBSPAWN_POSIX_COMPILE_H
#define LIBSPAWN_POSIX_COMPILE_H

#include <stddef.h>

#include "child/plan.h"
#include "plan/arena.h"
#include "posix/objects.h"

struct posix_call {
	const char *program;
	char *const *argv;
	char *const *env;
	const struct action_list *actions;   /* or NULL */
	const struct attributes *attributes; /* or NULL */
	const char *search_list;	     /* NULL: program is a path */
	uint32_t wants_pidfd;
	uint32_t flags; /* PLAN_... */
};

/* What a plan takes at most. */
struct posix_room {
	uint32_t ops;
	uint32_t argc;
	size_t bytes;
};

/* compile.c */
struct posix_room libspawn__compile_room(const struct posix_call *call);
const struct plan *libspawn__compile(const struct posix_call *call,
				     const struct posix_room *room,
				     struct arena *arena);

#endif
