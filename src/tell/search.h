/* SPDX-License-Identifier: MIT */
/* Where a program that was searched for has been found. */
#ifndef LIBSPAWN_TELL_SEARCH_H
#define LIBSPAWN_TELL_SEARCH_H

#include <stddef.h>

#include "tell/asked.h"

/*
 * search.c: the path of the candidate that the error is about; 1, or 0 if it
 * can't be told.
 */
int libspawn__search_path(const struct asked *asked, char *path, size_t size);

#endif
