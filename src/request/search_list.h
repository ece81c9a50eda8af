/* SPDX-License-Identifier: MIT */
/* The list of directories that a search walks. */
#ifndef LIBSPAWN_REQUEST_SEARCH_LIST_H
#define LIBSPAWN_REQUEST_SEARCH_LIST_H

#include <libspawn.h>

/*
 * search_list.c: the list that options->search names, or what stands for a PATH
 * that is unset; NULL if it names none. caller_env is the caller's environ.
 */
const char *libspawn__search_list(const struct libspawn_options *options,
				  char *const *caller_env);
/* A value in the child's environment, which need not be built yet; or NULL. */
const char *libspawn__search_variable(const struct libspawn_options *options,
				      char *const *caller_env,
				      const char *name);

#endif
