/* SPDX-License-Identifier: MIT */
/* The lists among the options. */
#ifndef LIBSPAWN_REQUEST_LISTS_H
#define LIBSPAWN_REQUEST_LISTS_H

#include "request/request.h"

/* lists.c: their lengths, and their elements one by one */
int libspawn__lists_check(const struct libspawn_options *options,
			  struct failure *failure);

#endif
