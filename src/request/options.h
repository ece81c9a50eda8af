/* SPDX-License-Identifier: MIT */
/* Reads a caller's options: their size, and whether they have a meaning. */
#ifndef LIBSPAWN_REQUEST_OPTIONS_H
#define LIBSPAWN_REQUEST_OPTIONS_H

#include "request/request.h"

/*
 * options.c: given is NULL or a struct of any size, options one of ours. Copies
 * what there is of it, and 0 for the rest; -EINVAL or -E2BIG for a wrong size.
 */
int libspawn__options_copy(struct libspawn_options *options,
			   const struct libspawn_options *given);
/* The same, and whether it has a meaning. */
int libspawn__options_read(struct libspawn_options *options,
			   const struct libspawn_options *given,
			   struct failure *failure);

#endif
