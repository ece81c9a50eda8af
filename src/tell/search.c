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

#include "request/strings.h"
#include "tell/look.h"
#include "tell/search.h"

/* The PATH of the child where its options say it; NULL: not known. */
static const char *child_list(const struct libspawn_options *options)
{
	const char *value = NULL;
	char *const *set = options->env_set;

	for (; set && *set; set++)
		if (strncmp(*set, "PATH=", 5) == 0)
			value = *set + 5;
	if (value || libspawn__strings_find(options->env_unset, "PATH"))
		return value;
	return options->env ? libspawn__strings_value(options->env, "PATH")
			    : getenv("PATH");
}

static const char *list_of(const struct libspawn_options *options)
{
	switch (options->search) {
	case LIBSPAWN_SEARCH_LIST: return options->search_list;
	case LIBSPAWN_SEARCH_PARENT_PATH: return getenv("PATH");
	case LIBSPAWN_SEARCH_CHILD_PATH: return child_list(options);
	default: return NULL;
	}
}

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
	const char *list = list_of(asked->options);
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
