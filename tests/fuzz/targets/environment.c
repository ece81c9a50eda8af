/* SPDX-License-Identifier: MIT */
/*
 * Environment lists: the caller's, a given one, what is unset and what is set.
 * Whatever they hold, what is built is what this page's plain rule builds, and
 * no byte outside of the strings is read.
 */
#include "input.h"

#include "plan/environment.h"
#include "request/search_list.h"

struct lists {
	char **caller;
	char **env;
	char **unset;
	char **set;
};

static size_t length_of_name(const char *variable)
{
	const char *equals = strchr(variable, '=');

	return equals ? (size_t)(equals - variable) : strlen(variable);
}

static int has_name(char **list, const char *variable)
{
	size_t length = length_of_name(variable);

	for (; list && *list; list++)
		if (length_of_name(*list) == length &&
		    memcmp(*list, variable, length) == 0)
			return 1;
	return 0;
}

/* The rule: the base without what is named, then the last setting of each. */
static size_t build_plainly(const struct lists *lists, const char **built)
{
	char **base = lists->env ? lists->env : lists->caller;
	size_t count = 0;

	for (; base && *base; base++)
		if (!has_name(lists->unset, *base) &&
		    !has_name(lists->set, *base))
			built[count++] = *base;
	for (char **set = lists->set; set && *set; set++)
		if (!has_name(set + 1, *set))
			built[count++] = *set;
	return count;
}

static void compare_values(const struct request *request, const char **plain,
			   size_t count, const char *name)
{
	const char *value = libspawn__search_variable(
		&request->options, request->caller_env, name);
	const char *wanted = NULL;
	size_t length = strlen(name);

	for (size_t n = 0; n < count && !wanted; n++)
		if (length_of_name(plain[n]) == length &&
		    plain[n][length] == '=' &&
		    memcmp(plain[n], name, length) == 0)
			wanted = plain[n] + length + 1;
	DEMAND((value == NULL) == (wanted == NULL));
	DEMAND(!value || strcmp(value, wanted) == 0);
}

static void build(const struct request *request, const struct lists *lists,
		  const char *name)
{
	const char *plain[2 * LONGEST_LIST + 1];
	size_t count = build_plainly(lists, plain);
	uint32_t room = libspawn__environment_room(request);
	char *memory =
		malloc(libspawn__environment_bytes(&request->options, room));
	struct arena arena = { memory };
	char *const *built =
		libspawn__environment_build(request, room, NULL, &arena);
	size_t n = 0;

	for (; built[n]; n++)
		DEMAND(n < count && built[n] == plain[n]);
	DEMAND(n == count);
	if (!strchr(name, '='))
		compare_values(request, plain, count, name);
	free(memory);
}

/* Refused is a name with '=' or none, a setting without, and nothing else. */
static int is_well_formed(const struct lists *lists)
{
	for (char **unset = lists->unset; unset && *unset; unset++)
		if (**unset == '\0' || strchr(*unset, '='))
			return 0;
	for (char **set = lists->set; set && *set; set++)
		if (**set == '=' || !strchr(*set, '='))
			return 0;
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char *name = input_string(&input);
	struct lists lists;
	struct request request = { .program = "program" };
	struct failure failure = { -1, -1 };
	int code;

	lists.caller = input_list(&input);
	lists.env = input_list(&input);
	lists.unset = input_list(&input);
	lists.set = input_list(&input);
	request.caller_env = lists.caller;
	request.options.env = lists.env;
	request.options.env_unset = lists.unset;
	request.options.env_set = lists.set;
	code = libspawn__environment_check(&request, &failure);
	DEMAND((code == 0) == is_well_formed(&lists));
	DEMAND(code == 0 || failure.step == LIBSPAWN_STEP_ENVIRONMENT);
	if (code == 0)
		build(&request, &lists, name);
	free_list(lists.caller);
	free_list(lists.env);
	free_list(lists.unset);
	free_list(lists.set);
	free(name);
	return 0;
}
