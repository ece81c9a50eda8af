/* SPDX-License-Identifier: MIT */
/*
 * The environment variable that overrides the choice of backend. It names one
 * and permits nothing: fork runs only if the caller has allowed it. It is read
 * at each start and kept nowhere. LIBSPAWN_NO_OVERRIDE builds a library that
 * does not know it, for a private copy that answers to nobody else.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "child/every_start.h"
#include "request/caller.h"
#include "request/override.h"
#include "request/strings.h"

#if !defined(LIBSPAWN_NO_OVERRIDE)

/* The operator's word, for programs that run with the operator's rights. */
static const char *override_name(void)
{
	const char *value = libspawn__strings_value(libspawn__caller_environ(),
						    "LIBSPAWN_BACKEND");

	return value && !libspawn__caller_is_privileged() ? value : NULL;
}

EVERY_START int libspawn__override_read(uint32_t *backend,
					struct failure *failure)
{
	const char *name = override_name();
	uint32_t n;

	if (!name || !*name)
		return 0;
	for (n = LIBSPAWN_BACKEND_CLONE; n <= LIBSPAWN_BACKEND_FORK; n++)
		if (strcmp(name, libspawn_backend_name(n)) == 0) {
			*backend = n;
			return 0;
		}
	return libspawn__refuse(failure, LIBSPAWN_STEP_BACKEND, -1, EINVAL);
}

#else

int libspawn__override_read(uint32_t *backend, struct failure *failure)
{
	(void)backend;
	(void)failure;
	return 0;
}

#endif
