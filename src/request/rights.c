/* SPDX-License-Identifier: MIT */
/*
 * The commonest way to drop privileges wrongly: the uid is changed, and gid and
 * supplementary groups stay those of the caller, who may be root. Refused here,
 * unless the caller says that it is meant.
 */
#define _GNU_SOURCE
#include "request/rights.h"

#include <errno.h>

#include "request/caller.h"
#include "request/sandbox.h"

/* Who is a user of another namespace can't be told by the number. */
int libspawn__rights_may_be_another(const struct libspawn_options *options)
{
	return options->namespace_count ||
	       new_namespaces(options) & NEW_USERS ||
	       !libspawn__caller_is_user(options->uid);
}

/* Who may not become any user gains nothing, and may not set groups either. */
static int keeps_rights(const struct libspawn_options *options)
{
	int saved_errno = errno;
	int keeps;

	if (!HAS(UID) || HAS(KEEP_GROUPS) || (HAS(GROUPS) && HAS(GID)))
		return 0;
	keeps = libspawn__caller_may_become_any() &&
		libspawn__rights_may_be_another(options);
	errno = saved_errno;
	return keeps;
}

int libspawn__rights_check(const struct libspawn_options *options,
			   struct failure *failure)
{
	int32_t step = HAS(GROUPS) ? LIBSPAWN_STEP_GID : LIBSPAWN_STEP_GROUPS;

	if (keeps_rights(options))
		return libspawn__refuse(failure, step, -1, EINVAL);
	if (HAS(TRY_GROUPS) && !HAS(GROUPS))
		return libspawn__refuse(failure, LIBSPAWN_STEP_GROUPS, -1,
					EINVAL);
	return 0;
}
