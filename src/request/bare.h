/* SPDX-License-Identifier: MIT */
/* Requests that ask for so little that there is nothing to check. */
#ifndef LIBSPAWN_REQUEST_BARE_H
#define LIBSPAWN_REQUEST_BARE_H

#include "request/request.h"

/*
 * bare.c: whether nothing is asked for but a backend that there is, and flags
 * that need no field, no check and no step of their own. Most starts are so.
 */
int libspawn__bare_holds(const struct libspawn_options *options);

#endif
