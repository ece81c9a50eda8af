/* SPDX-License-Identifier: MIT */
/* Where a program is looked for: directories, walked in the parent. */
#ifndef LIBSPAWN_PLAN_PATH_H
#define LIBSPAWN_PLAN_PATH_H

#include <stddef.h>

#include "plan/builder.h"

/* What candidates take: their number, and the bytes of all their strings. */
struct path_room {
	uint32_t count;
	size_t bytes;
};

/* path.c: the directories to search, or NULL if program is a path itself. */
const char *libspawn__path_list(const struct request *request);
/* ENAMETOOLONG if no directory of the list, if any, can hold such a name. */
int libspawn__path_check(const char *list, const char *program);
/* A bound for all calls of path_next() together. */
struct path_room libspawn__path_room(const char *list, const char *program);
/*
 * The candidate in the first directory of *list, which moves on to the next
 * one, or to NULL after the last.
 */
const char *libspawn__path_next(const char **list, const char *program,
				struct arena *arena);
/* One operation for each place to look; list as path_list() says. */
void libspawn__path_plan(struct plan_builder *builder, const char *list,
			 const char *program);
/* The same where the places are given, as they are. */
void libspawn__path_plan_each(struct plan_builder *builder, char *const *paths);

#endif
