/* SPDX-License-Identifier: MIT */
/* What only Linux has: whether each of these options has a meaning. */
#ifndef LIBSPAWN_REQUEST_CONFINE_H
#define LIBSPAWN_REQUEST_CONFINE_H

#include "request/request.h"

/* confine.c: after the lists of the options, which it relies on */
int libspawn__confine_check(const struct libspawn_options *options,
			    struct failure *failure);

#endif
