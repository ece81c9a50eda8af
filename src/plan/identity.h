/* SPDX-License-Identifier: MIT */
/* The steps of who the child is, and where. */
#ifndef LIBSPAWN_PLAN_IDENTITY_H
#define LIBSPAWN_PLAN_IDENTITY_H

#include "plan/builder.h"
#include "request/sandbox.h"

/* Whether the child leaves the mount namespace it was created in for a copy. */
static inline int has_new_mounts(const struct libspawn_options *options)
{
	return (new_namespaces(options) & NEW_MOUNTS) != 0;
}

/* Whether cwd_fd must be the cwd while the copy is made, to be in it. */
static inline int moves_cwd_fd(const struct libspawn_options *options)
{
	return HAS(CWD_FD) && has_new_mounts(options);
}

/*
 * Whether the kernel gives the child other credentials, and then clears the
 * dumpable flag (hazard 4). Namespaces too: one with users gives capabilities.
 */
static inline int changes_credentials(const struct libspawn_options *options)
{
	return HAS(UID) || HAS(GID) || HAS(AMBIENT_CAPS) || HAS(INIT) ||
	       options->unshare || options->namespace_count;
}

/* identity.c: ids and capabilities, root and directory, its parent's death */
void libspawn__identity_plan(struct plan_builder *builder);

#endif
