/* SPDX-License-Identifier: MIT */
/*
 * Namespaces: made with the process, entered, unshared. What is to be made with
 * it can't always be: a cgroup namespace begins where its maker is, and the cwd
 * of a copy of the mounts must be where the copy is made.
 */
#define _GNU_SOURCE
#include "plan/namespaces.h"

#include "plan/identity.h"

static uint64_t made_with_it(const struct libspawn_options *options)
{
	uint64_t later = 0;

	if (HAS(CGROUP_FD))
		later |= NEW_CGROUPS;
	/* A copy of the caller's mounts would have a writer of these files. */
	if (moves_cwd_fd(options) ||
	    libspawn__has_row_of_kind(options, LIBSPAWN_FD_OPEN))
		later |= NEW_MOUNTS;
	return options->new_namespaces & ~later;
}

void libspawn__namespaces_plan_new(struct plan_builder *builder)
{
	const uint64_t made = made_with_it(&builder->request->options);

	if (made)
		plan_value(builder, OP_NEW_NAMESPACES,
			   LIBSPAWN_STEP_NEW_NAMESPACES, made);
}

/*
 * Entered first: what is unshared then is a copy of those. A directory open
 * before stays in the mount namespace that is left, unless it is the cwd while
 * the copy is made.
 */
void libspawn__namespaces_plan(struct plan_builder *builder)
{
	const struct libspawn_options *options = &builder->request->options;
	const uint64_t unshared =
		new_namespaces(options) & ~made_with_it(options);
	uint32_t n;

	for (n = 0; n < options->namespace_count; n++)
		libspawn__builder_add(builder, OP_NAMESPACE,
				      LIBSPAWN_STEP_NAMESPACE, (int32_t)n)
			->fd = options->namespaces[n];
	if (moves_cwd_fd(options))
		plan_fd(builder, OP_FCHDIR, LIBSPAWN_STEP_CWD, options->cwd_fd);
	if (unshared)
		plan_value(builder, OP_UNSHARE,
			   options->unshare ? LIBSPAWN_STEP_UNSHARE
					    : LIBSPAWN_STEP_NEW_NAMESPACES,
			   unshared);
}
