/* SPDX-License-Identifier: MIT */
/* New namespaces, and what is to be in them. */
#ifndef LIBSPAWN_REQUEST_SANDBOX_H
#define LIBSPAWN_REQUEST_SANDBOX_H

#include "request/request.h"

/* CLONE_NEW... of clone(2) and unshare(2). */
#define NEW_TIME UINT64_C(0x80)
#define NEW_MOUNTS UINT64_C(0x20000)
#define NEW_CGROUPS UINT64_C(0x2000000)
#define NEW_NAMES UINT64_C(0x4000000)
#define NEW_USERS UINT64_C(0x10000000)
#define NEW_PIDS UINT64_C(0x20000000)
#define NEW_NETWORK UINT64_C(0x40000000)
/* These and NEWIPC. */
#define NEW_NAMESPACES UINT64_C(0x7e020080)

/* All that the child will be in, whichever way they come. */
static inline uint64_t new_namespaces(const struct libspawn_options *options)
{
	return options->unshare | options->new_namespaces;
}

/* sandbox.c */
int libspawn__sandbox_check(const struct libspawn_options *options,
			    struct failure *failure);

#endif
