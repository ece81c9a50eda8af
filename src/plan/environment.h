/* SPDX-License-Identifier: MIT */
/* The child's environment: the caller's or a given one, less and plus some. */
#ifndef LIBSPAWN_PLAN_ENVIRONMENT_H
#define LIBSPAWN_PLAN_ENVIRONMENT_H

#include <stddef.h>

#include "plan/arena.h"
#include "request/request.h"

/* environment.c */
/* The caller's own environ is not checked: exec tells if it is too long. */
int libspawn__environment_check(const struct request *request,
				struct failure *failure);
/* The most pointers that the environment can take, with its NULL. */
uint32_t libspawn__environment_room(const struct request *request);
/* What building it takes of the arena. */
size_t libspawn__environment_bytes(const struct libspawn_options *options,
				   uint32_t room);
/* The variable that the child completes with its pid, or NULL. */
char *libspawn__environment_pid(const struct libspawn_options *options,
				struct arena *arena);
/* Never writes more than room; environ may grow meanwhile. */
char *const *libspawn__environment_build(const struct request *request,
					 uint32_t room, char *pid_variable,
					 struct arena *arena);

#endif
