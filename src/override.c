/* SPDX-License-Identifier: MIT */
/*
 * The environment variable that overrides the choice of backend. It names one
 * and permits nothing: fork runs only if the caller has allowed it. It is read
 * at each start and kept nowhere.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "environment.h"
#include "options.h"

/* The operator's word, for programs that run with the operator's rights. */
static const char *override_name(void)
{
	static const char name[] = "LIBSPAWN_BACKEND";

	if (!libspawn__environment_value(environ, name))
		return NULL;
	return secure_getenv(name);
}

int libspawn__override_read(uint32_t *backend, struct failure *failure)
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
