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
/* Whether what was asked for has a meaning. */
int libspawn__options_check(const struct libspawn_options *options,
			    struct failure *failure);

/* bare.c: both, into request->options; and whether the request is bare. */
int libspawn__request_read(struct request *request,
			   const struct libspawn_options *given,
			   struct failure *failure);
/* For who has no request. */
int libspawn__options_read(struct libspawn_options *options,
			   const struct libspawn_options *given,
			   struct failure *failure);

#endif
