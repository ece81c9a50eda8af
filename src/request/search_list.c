/* SPDX-License-Identifier: MIT */
/* Which list is searched: by the start, and by who explains it. */
#define _GNU_SOURCE
#include "request/search_list.h"

#include <string.h>

#include "request/strings.h"

/* As execvp() of most systems, without the current directory. */
static const char default_list[] = "/usr/local/bin:/bin:/usr/bin";

/* The value in the last of several settings, which is the one that counts. */
static const char *find_setting(char *const *set, const char *name)
{
	size_t length = strlen(name);
	const char *value = NULL;

	for (; set && *set; set++)
		if (variable_has_name(*set, name, length))
			value = *set + length + 1;
	return value;
}

/* As the building decides: what is set, else what is unset, else the base. */
const char *libspawn__search_variable(const struct libspawn_options *options,
				      char *const *caller_env, const char *name)
{
	char *const *base = options->env ? options->env : caller_env;
	const char *setting = find_setting(options->env_set, name);

	if (setting)
		return setting;
	if (libspawn__strings_find(options->env_unset, name))
		return NULL;
	return libspawn__strings_value(base, name);
}

const char *libspawn__search_list(const struct libspawn_options *options,
				  char *const *caller_env)
{
	const char *list;

	switch (options->search) {
	case LIBSPAWN_SEARCH_PARENT_PATH:
		list = libspawn__strings_value(caller_env, "PATH");
		break;
	case LIBSPAWN_SEARCH_CHILD_PATH:
		list = libspawn__search_variable(options, caller_env, "PATH");
		break;
	case LIBSPAWN_SEARCH_LIST: return options->search_list;
	default: return NULL;
	}
	/* An unset PATH is not an empty one, which would mean the cwd. */
	if (list)
		return list;
	return options->search_default ? options->search_default : default_list;
}
