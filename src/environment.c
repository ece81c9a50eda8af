/* SPDX-License-Identifier: MIT */
/*
 * Builds the child's environment without touching the caller's. A list that is
 * given and not overlaid is used as it is; the caller's environ is copied, as
 * another thread may move it while the kernel reads.
 */
#define _GNU_SOURCE
#include "environment.h"

#include <errno.h>
#include <string.h>

uint32_t libspawn__strings_count(char *const *strings)
{
	uint32_t count = 0;

	while (strings && strings[count])
		count++;
	return count;
}

int libspawn__strings_check(char *const *strings, int32_t step,
			    struct failure *failure)
{
	uint32_t n;

	for (n = 0; strings && strings[n]; n++)
		if (strlen(strings[n]) >= LIBSPAWN_STRING_MAX)
			return libspawn__refuse(failure, step, (int32_t)n,
						E2BIG);
	return 0;
}

/* The length of a variable's name; of the whole where it has no value. */
static size_t name_length(const char *variable)
{
	return strcspn(variable, "=");
}

/* By hand: the first byte mostly decides, and a call would be a cold one. */
static int has_name(const char *variable, const char *name, size_t length)
{
	size_t n;

	for (n = 0; n < length; n++)
		if (variable[n] != name[n])
			return 0;
	return variable[length] == '=' || variable[length] == '\0';
}

/* A list that is NULL names nothing. */
static int names_any(char *const *variables, const char *name, size_t length)
{
	for (; variables && *variables; variables++)
		if (has_name(*variables, name, length))
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

/* What follows the name in the first variable of that name, or NULL. */
static const char *find_value(char *const *environment, const char *name)
{
	size_t length = strlen(name);

	for (; environment && *environment; environment++)
		if (has_name(*environment, name, length))
			return *environment + length;
	return NULL;
}

/* The value in the last of several settings, which is the one that counts. */
static const char *find_setting(char *const *set, const char *name)
{
	size_t length = strlen(name);
	const char *value = NULL;

	for (; set && *set; set++)
		if (has_name(*set, name, length))
			value = *set + length + 1;
	return value;
}

const char *libspawn__environment_value(char *const *environment,
					const char *name)
{
	const char *value = find_value(environment, name);

	return value && *value == '=' ? value + 1 : NULL;
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
	if (find_value(options->env_unset, name))
		return NULL;
	return libspawn__environment_value(base, name);
}
