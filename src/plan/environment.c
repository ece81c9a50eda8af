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

#include "child/every_start.h"
#include "request/strings.h"

/* The length of a variable's name; of the whole where it has no value. */
static size_t name_length(const char *variable)
{
	return strcspn(variable, "=");
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

static uint32_t overlay_count(const struct libspawn_options *options)
{
	return libspawn__strings_count(options->env_set) +
	       libspawn__strings_count(options->env_unset);
}

size_t libspawn__environment_bytes(const struct libspawn_options *options,
				   uint32_t room)
{
	return arena_round(room * sizeof(char *)) +
	       arena_round(libspawn__sorted_bytes(overlay_count(options)));
}

/* The byte of a name, which ends at its '=' or with the string. */
static int name_byte(char byte)
{
	return byte == '=' ? '\0' : (unsigned char)byte;
}

/* Of two places in lists of variables. */
static int compare_names(const void *a, const void *b)
{
	const char *one = *(char *const *)a;
	const char *other = *(char *const *)b;

	while (*one == *other && name_byte(*one)) {
		one++;
		other++;
	}
	return name_byte(*one) - name_byte(*other);
}

static void add_places(struct sorted *overlay, char *const *variables)
{
	for (; variables && *variables; variables++)
		libspawn__sorted_add(overlay, variables);
}

/*
 * The places of what is unset, then of what is set: so the last of a name is
 * its last setting, if it has one.
 */
static void sort_overlay(struct sorted *overlay,
			 const struct libspawn_options *options,
			 struct arena *arena)
{
	size_t bytes = libspawn__sorted_bytes(overlay_count(options));

	libspawn__sorted_begin(overlay, arena_take(arena, bytes),
			       compare_names);
	add_places(overlay, options->env_unset);
	add_places(overlay, options->env_set);
	libspawn__sorted_finish(overlay);
}

/* The last of several settings of one name counts. */
static uint32_t add_settings(const struct sorted *overlay, char *const *set,
			     char **to, uint32_t count, uint32_t most)
{
	for (; set && *set && count < most; set++)
		if (libspawn__sorted_find(overlay, set) == set)
			to[count++] = *set;
	return count;
}

/* Most have no overlay, and this is done at each start. */
static uint32_t copy_all(char *const *base, char **to, uint32_t most)
{
	uint32_t count = 0;

	for (; base && *base && count < most; base++)
		to[count++] = *base;
	return count;
}

/* Those that the overlay does not name. */
static uint32_t copy_others(const struct sorted *overlay, char *const *base,
			    char **to, uint32_t most)
{
	uint32_t count = 0;

	for (; base && *base && count < most; base++)
		if (!libspawn__sorted_find(overlay, base))
			to[count++] = *base;
	return count;
}

/* The list is the arena's, the strings stay the caller's. */
EVERY_START char *const *
libspawn__environment_build(const struct request *request, uint32_t room,
			    struct arena *arena)
{
	const struct libspawn_options *options = &request->options;
	char *const *base = options->env ? options->env : request->caller_env;
	struct sorted overlay;
	uint32_t count;
	char **built;

	if (options->env && !options->env_set && !options->env_unset)
		return options->env;
	built = arena_take(arena, room * sizeof *built);
	if (options->env_set || options->env_unset) {
		sort_overlay(&overlay, options, arena);
		count = copy_others(&overlay, base, built, room - 1);
		count = add_settings(&overlay, options->env_set, built, count,
				     room - 1);
	} else {
		count = copy_all(base, built, room - 1);
	}
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
