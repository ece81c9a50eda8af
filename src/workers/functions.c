/* SPDX-License-Identifier: MIT */
/*
 * The functions that run in workers: noted once, at the beginning of main(),
 * while there is one thread; read by all from then on.
 */
#define _GNU_SOURCE
#include <string.h>

#include "workers/worker.h"

static const struct libspawn_function *noted_functions;
static size_t noted_count;

void libspawn__functions_note(const struct libspawn_function *functions,
			      size_t count)
{
	noted_functions = functions;
	noted_count = count;
}

int libspawn__functions_are_noted(void)
{
	return noted_functions != NULL;
}

const struct libspawn_function *libspawn__functions_find(const char *name)
{
	for (size_t n = 0; n < noted_count; n++)
		if (strcmp(noted_functions[n].name, name) == 0)
			return &noted_functions[n];
	return NULL;
}

int libspawn__functions_run(const struct libspawn_function *function,
			    struct libspawn_worker *self)
{
	return function->run(self) & 0xff;
}
