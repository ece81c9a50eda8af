/* SPDX-License-Identifier: MIT */
/* What another user would keep of the caller's rights. */
#ifndef LIBSPAWN_REQUEST_RIGHTS_H
#define LIBSPAWN_REQUEST_RIGHTS_H

#include "request/request.h"

/* rights.c: refuses a new user without groups and gid, unless that is meant */
int libspawn__rights_check(const struct libspawn_options *options,
			   struct failure *failure);

/* Whether uid may not be the caller's own: as far as can be told. */
int libspawn__rights_may_be_another(const struct libspawn_options *options);

#endif
