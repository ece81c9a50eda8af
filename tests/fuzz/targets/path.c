/* SPDX-License-Identifier: MIT */
/*
 * Lists of directories to search, and a program's name: the candidates are
 * those of a plain rule, in memory that was measured before.
 */
#include "input.h"

#include <limits.h>

#include "plan/path.h"

/* DIRECTORY/PROGRAM; the bare name for an empty directory. */
static void compare(const char *path, const char *directory, size_t length,
		    const char *program)
{
	if (length > 0) {
		DEMAND(memcmp(path, directory, length) == 0);
		DEMAND(path[length] == '/');
		path += length + 1;
	}
	DEMAND(strcmp(path, program) == 0);
}

static void walk(const char *list, const char *program)
{
	struct path_room room = libspawn__path_room(list, program);
	char *memory = malloc(room.bytes + 1);
	struct arena arena = { memory };
	const char *rest = list;
	const char *plain = list;
	uint32_t count = 0;

	DEMAND(memory);
	while (rest) {
		size_t length = strcspn(plain, ":");

		compare(libspawn__path_next(&rest, program, &arena), plain,
			length, program);
		DEMAND((rest != NULL) == (plain[length] == ':'));
		plain += length + 1;
		count++;
	}
	DEMAND(count == room.count);
	DEMAND(arena.next <= memory + room.bytes);
	free(memory);
}

static int is_searched(const struct request *request)
{
	return request->options.search != LIBSPAWN_SEARCH_NONE &&
	       request->options.search <= LIBSPAWN_SEARCH_LIST &&
	       *request->program && !strchr(request->program, '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	uint32_t search = input_byte(&input) % (LIBSPAWN_SEARCH_PATHS + 2);
	char *program = input_string(&input);
	char *given = input_string(&input);
	char **env = input_list(&input);
	struct request request = { .program = program, .caller_env = env };
	const char *list;

	request.options.search = search;
	request.options.search_list = given;
	list = libspawn__path_list(&request);
	DEMAND((list != NULL) == is_searched(&request));
	DEMAND(search != LIBSPAWN_SEARCH_LIST || !list || list == given);
	if (list && libspawn__path_check(list, program) == 0) {
		DEMAND(strlen(program) <= NAME_MAX);
		walk(list, program);
	}
	free(program);
	free(given);
	free_list(env);
	return 0;
}
