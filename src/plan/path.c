/* SPDX-License-Identifier: MIT */
/*
 * The search for a program, decided once, in the parent: which list, and the
 * path in each of its directories. Whether a file is there only exec can tell.
 */
#define _GNU_SOURCE
#include "plan/path.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "child/every_start.h"
#include "request/search_list.h"

/* An empty name is not searched: exec says ENOENT of it, as of a path. */
const char *libspawn__path_list(const struct request *request)
{
	if (request->options.search == LIBSPAWN_SEARCH_NONE ||
	    strchr(request->program, '/') || request->program[0] == '\0')
		return NULL;
	return libspawn__search_list(&request->options, request->caller_env);
}

/*
 * At once, as glibc does: a directory that can't be searched would hide it, and
 * EACCES be blamed.
 */
int libspawn__path_check(const char *list, const char *program)
{
	return list && strlen(program) > NAME_MAX ? -ENAMETOOLONG : 0;
}

/* Without a list there is one candidate, the program, and no new string. */
struct path_room libspawn__path_room(const char *list, const char *program)
{
	struct path_room room = { 1, 0 };
	const char *at;

	if (!list)
		return room;
	for (at = list; *at; at++)
		room.count += *at == ':';
	/* Each: its directory, '/', the program, NUL, rounded up. */
	room.bytes = (size_t)(at - list) +
		     room.count * (strlen(program) + 2 + ARENA_ALIGNMENT);
	return room;
}

/* An empty element is the cwd of the child: the bare name, without a '/'. */
const char *libspawn__path_next(const char **list, const char *program,
				struct arena *arena)
{
	size_t directory = strcspn(*list, ":");
	size_t length = strlen(program);
	char *path = arena_take(arena, directory + length + 2);
	char *end = path + directory;

	memcpy(path, *list, directory);
	if (directory > 0)
		*end++ = '/';
	memcpy(end, program, length + 1);
	*list = (*list)[directory] ? *list + directory + 1 : NULL;
	return path;
}

/* All but the last go on to the next. */
EVERY_START void libspawn__path_plan(struct plan_builder *builder,
				     const char *list, const char *program)
{
	int32_t n = 0;

	if (!list)
		plan_data(builder, OP_EXEC, LIBSPAWN_STEP_EXEC, program, 0);
	while (list) {
		struct op *op = libspawn__builder_add(builder, OP_EXEC,
						      LIBSPAWN_STEP_EXEC, n++);

		op->data = libspawn__path_next(&list, program, builder->arena);
		op->number = list != NULL;
	}
}

void libspawn__path_plan_each(struct plan_builder *builder, char *const *paths)
{
	int32_t n;

	for (n = 0; paths[n]; n++) {
		struct op *op = libspawn__builder_add(builder, OP_EXEC,
						      LIBSPAWN_STEP_EXEC, n);

		op->data = paths[n];
		op->number = paths[n + 1] != NULL;
	}
}
