/* SPDX-License-Identifier: MIT */
/*
 * Counts, checks and searches lists of strings. They are the caller's: they are
 * read, never changed.
 */
#define _GNU_SOURCE
#include "request/strings.h"

#include <errno.h>
#include <string.h>

#include "child/every_start.h"

uint32_t libspawn__strings_count(char *const *strings)
{
	uint32_t count = 0;

	while (strings && strings[count])
		count++;
	return count;
}

EVERY_START int libspawn__strings_check(char *const *strings, int32_t step,
					struct failure *failure)
{
	uint32_t n;

	for (n = 0; strings && strings[n]; n++)
		if (strlen(strings[n]) >= LIBSPAWN_STRING_MAX)
			return libspawn__refuse(failure, step, (int32_t)n,
						E2BIG);
	return 0;
}

const char *libspawn__strings_find(char *const *environment, const char *name)
{
	size_t length = strlen(name);

	for (; environment && *environment; environment++)
		if (variable_has_name(*environment, name, length))
			return *environment + length;
	return NULL;
}

/* As getenv(3), which passes by what has the name and no value. */
const char *libspawn__strings_value(char *const *environment, const char *name)
{
	size_t length = strlen(name);

	for (; environment && *environment; environment++)
		if (variable_has_name(*environment, name, length) &&
		    (*environment)[length] == '=')
			return *environment + length + 1;
	return NULL;
}
