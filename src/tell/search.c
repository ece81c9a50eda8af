/* SPDX-License-Identifier: MIT */
/*
 * Goes once more through the directories of a search, by the list as it is now:
 * a PATH that has changed meanwhile leads to a file that is not there, and then
 * nothing is said.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "request/caller.h"
#include "request/search_list.h"
#include "tell/look.h"
#include "tell/search.h"

/* "DIRECTORY/PROGRAM"; an empty element is the working directory. */
static int join(char *path, size_t size, const char *directory,
		const char *program)
{
	const int width = (int)strcspn(directory, ":");
	const int length = snprintf(path, size, "%.*s%s%s", width, directory,
				    width ? "/" : "", program);

	return length > 0 && (size_t)length < size;
}

static int is_there(const struct asked *asked, const char *path)
{
	struct base place;
	struct stat stat;
	int found = 0;

	if (libspawn__look_from(&place, asked, path))
		found = libspawn__look_stat(&place, path, &stat) == 0;
	libspawn__look_done(&place);
	return found;
}

/*
 * The index names the directory, but for ENOENT: the search goes on after it,
 * and the one that is there lacks what should run it.
 */
int libspawn__search_path(const struct asked *asked, char *path, size_t size)
{
	const struct libspawn_error *error = asked->error;
	const char *list = libspawn__search_list(asked->options,
						 libspawn__caller_environ());
	int32_t number = 0;
	int wanted = 0;

	for (; list && !wanted; number++) {
		if (!join(path, size, list, asked->program))
			return 0;
		wanted = error->code == ENOENT ? is_there(asked, path)
					       : number == error->index;
		list = strchr(list, ':');
		list = list ? list + 1 : NULL;
	}
	return wanted;
}
