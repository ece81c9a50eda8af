/* SPDX-License-Identifier: MIT */
/*
 * Builds the child's environment without touching the caller's. A list that is
 * given and not overlaid is used as it is; the caller's environ is copied, as
 * another thread may move it while the kernel reads.
 */
#define _GNU_SOURCE
#include "plan/environment.h"

#include <errno.h>
#include <string.h>

#include "request/strings.h"

/* The length of a variable's name; of the whole where it has no value. */
static size_t name_length(const char *variable)
{
	return strcspn(variable, "=");
}

/* A list that is NULL names nothing. */
static int names_any(char *const *variables, const char *name, size_t length)
{
	for (; variables && *variables; variables++)
		if (variable_has_name(*variables, name, length))
			return 1;
	return 0;
}

/* A name to unset has no '='; a variable to set has one behind its name. */
static int check_overlay(char *const *variables, int wants_value,
			 struct failure *failure)
{
	uint32_t n;

	for (n = 0; variables && variables[n]; n++) {
		size_t length = name_length(variables[n]);
		int has_value = variables[n][length] == '=';

		if (length == 0 || has_value != wants_value)
			return libspawn__refuse(failure,
						LIBSPAWN_STEP_ENVIRONMENT,
						(int32_t)n, EINVAL);
	}
	return 0;
}

int libspawn__environment_check(const struct request *request,
				struct failure *failure)
{
	const struct libspawn_options *options = &request->options;
	int code = check_overlay(options->env_unset, 0, failure);

	if (code == 0)
		code = check_overlay(options->env_set, 1, failure);
	if (code == 0)
		code = libspawn__strings_check(
			options->env, LIBSPAWN_STEP_ENVIRONMENT, failure);
	if (code == 0)
		code = libspawn__strings_check(
			options->env_set, LIBSPAWN_STEP_ENVIRONMENT, failure);
	return code;
}

/* What is unset takes room all the same: a bound, not a count. */
uint32_t libspawn__environment_room(const struct request *request)
{
	const struct libspawn_options *options = &request->options;
	char *const *base = options->env ? options->env : request->caller_env;

	return libspawn__strings_count(base) +
	       libspawn__strings_count(options->env_set) + 1;
}

/* The last of several settings of one name counts. */
static uint32_t add_settings(char *const *set, char **to, uint32_t count,
			     uint32_t most)
{
	for (; set && *set && count < most; set++)
		if (!names_any(set + 1, *set, name_length(*set)))
			to[count++] = *set;
	return count;
}

static uint32_t copy_all(char *const *base, char **to, uint32_t most)
{
	uint32_t count = 0;

	for (; base && *base && count < most; base++)
		to[count++] = *base;
	return count;
}

/* Those that neither list names. */
static uint32_t copy_others(const struct libspawn_options *options,
			    char *const *base, char **to, uint32_t most)
{
	uint32_t count = 0;

	for (; base && *base && count < most; base++) {
		size_t length = name_length(*base);

		if (!names_any(options->env_set, *base, length) &&
		    !names_any(options->env_unset, *base, length))
			to[count++] = *base;
	}
	return count;
}

/* The list is the arena's, the strings stay the caller's. */
char *const *libspawn__environment_build(const struct request *request,
					 uint32_t room, struct arena *arena)
{
	const struct libspawn_options *options = &request->options;
	char *const *base = options->env ? options->env : request->caller_env;
	int overlaid = options->env_set || options->env_unset;
	uint32_t count;
	char **built;

	if (options->env && !overlaid)
		return options->env;
	built = arena_take(arena, room * sizeof *built);
	if (overlaid)
		count = copy_others(options, base, built, room - 1);
	else
		count = copy_all(base, built, room - 1);
	count = add_settings(options->env_set, built, count, room - 1);
	built[count] = NULL;
	return built;
}

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
const char *libspawn__environment_child_value(const struct request *request,
					      const char *name)
{
	const struct libspawn_options *options = &request->options;
	char *const *base = options->env ? options->env : request->caller_env;
	const char *setting = find_setting(options->env_set, name);

	if (setting)
		return setting;
	if (libspawn__strings_find(options->env_unset, name))
		return NULL;
	return libspawn__strings_value(base, name);
}
