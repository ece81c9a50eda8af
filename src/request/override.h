/* SPDX-License-Identifier: MIT */
/* What the environment says of the backend, if it says anything. */
#ifndef LIBSPAWN_REQUEST_OVERRIDE_H
#define LIBSPAWN_REQUEST_OVERRIDE_H

#include "request/request.h"

/* override.c */
int libspawn__override_read(uint32_t *backend, struct failure *failure);

#endif
