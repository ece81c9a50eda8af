/* SPDX-License-Identifier: MIT */
/* Lists of strings as exec takes them: argv, an environment. NULL is empty. */
#ifndef LIBSPAWN_REQUEST_STRINGS_H
#define LIBSPAWN_REQUEST_STRINGS_H

#include <stddef.h>

#include "request/request.h"

/*
 * Whether a variable has this name, of that length. By hand: the first byte
 * mostly decides, and a call would be a cold one.
 */
static inline int variable_has_name(const char *variable, const char *name,
				    size_t length)
{
	size_t n;

	for (n = 0; n < length; n++)
		if (variable[n] != name[n])
			return 0;
	return variable[length] == '=' || variable[length] == '\0';
}

/* strings.c */
uint32_t libspawn__strings_count(char *const *strings);
/* E2BIG with the index of the first that is too long for the kernel. */
int libspawn__strings_check(char *const *strings, int32_t step,
			    struct failure *failure);
/* What follows the name in the first variable of that name, or NULL. */
const char *libspawn__strings_find(char *const *environment, const char *name);
/* The value of a name in an environment, or NULL. */
const char *libspawn__strings_value(char *const *environment, const char *name);

#endif
