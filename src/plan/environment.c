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
#include "child/plan.h"
#include "request/strings.h"

/* The length of a variable's name; of the whole where it has no value. */
static size_t name_length(const char *variable)
{
	return strcspn(variable, "=");
}

/* What it takes with its value. */
static size_t pid_bytes(const char *name)
{
	return strlen(name) + sizeof "=" - 1 + PID_ROOM;
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

/* The name alone; the child writes what comes behind it. */
static int check_pid_variable(const struct libspawn_options *options,
			      struct failure *failure)
{
	const char *name = options->pid_variable;
	int code = 0;

	if (!name)
		return 0;
	if (name[0] == '\0' || strchr(name, '='))
		code = EINVAL;
	else if (pid_bytes(name) > LIBSPAWN_STRING_MAX)
		code = E2BIG;
	if (code == 0)
		return 0;
	return libspawn__refuse(failure, LIBSPAWN_STEP_PID_VARIABLE, -1, code);
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
	return code == 0 ? check_pid_variable(options, failure) : code;
}

/* What is unset takes room all the same: a bound, not a count. */
uint32_t libspawn__environment_room(const struct request *request)
{
	const struct libspawn_options *options = &request->options;
	char *const *base = options->env ? options->env : request->caller_env;

	return libspawn__strings_count(base) +
	       libspawn__strings_count(options->env_set) +
	       (options->pid_variable != NULL) + 1;
}

static int has_overlay(const struct libspawn_options *options)
{
	return options->env_set || options->env_unset || options->pid_variable;
}

static uint32_t overlay_count(const struct libspawn_options *options)
{
	return libspawn__strings_count(options->env_set) +
	       libspawn__strings_count(options->env_unset) +
	       (options->pid_variable != NULL);
}

size_t libspawn__environment_bytes(const struct libspawn_options *options,
				   uint32_t room)
{
	size_t pid =
		options->pid_variable ? pid_bytes(options->pid_variable) : 0;

	return arena_round(room * sizeof(char *)) + arena_round(pid) +
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
 * The places of what is unset, then of what is set, then of the child's pid: so
 * the last of a name is its last setting, if it has one.
 */
static void sort_overlay(struct sorted *overlay,
			 const struct libspawn_options *options,
			 char *const *pid_variable, struct arena *arena)
{
	size_t bytes = libspawn__sorted_bytes(overlay_count(options));

	libspawn__sorted_begin(overlay, arena_take(arena, bytes),
			       compare_names);
	add_places(overlay, options->env_unset);
	add_places(overlay, options->env_set);
	if (*pid_variable)
		libspawn__sorted_add(overlay, pid_variable);
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

IF_ASKED static uint32_t copy_overlaid(const struct libspawn_options *options,
				       char *const *base,
				       char *const *pid_variable, char **to,
				       uint32_t most, struct arena *arena)
{
	struct sorted overlay;
	uint32_t count;

	sort_overlay(&overlay, options, pid_variable, arena);
	count = copy_others(&overlay, base, to, most);
	return add_settings(&overlay, options->env_set, to, count, most);
}

/* "NAME=": the child completes it, who alone knows. */
char *libspawn__environment_pid(const struct libspawn_options *options,
				struct arena *arena)
{
	const char *name = options->pid_variable;
	size_t length;
	char *variable;

	if (!name)
		return NULL;
	length = strlen(name);
	variable = arena_take(arena, pid_bytes(name));
	memcpy(variable, name, length);
	memcpy(variable + length, "=", sizeof "=");
	return variable;
}

/* The list is the arena's, the strings stay the caller's but for the last. */
EVERY_START char *const *
libspawn__environment_build(const struct request *request, uint32_t room,
			    char *pid_variable, struct arena *arena)
{
	const struct libspawn_options *options = &request->options;
	char *const *base = options->env ? options->env : request->caller_env;
	const uint32_t most = room - 1 - (pid_variable != NULL);
	uint32_t count;
	char **built;

	if (options->env && !has_overlay(options))
		return options->env;
	built = arena_take(arena, room * sizeof *built);
	if (has_overlay(options))
		count = copy_overlaid(options, base, &pid_variable, built, most,
				      arena);
	else
		count = copy_all(base, built, most);
	if (pid_variable)
		built[count++] = pid_variable;
	built[count] = NULL;
	return built;
}
