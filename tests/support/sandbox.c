/* SPDX-License-Identifier: MIT */
/* See sandbox.h. */
#define _GNU_SOURCE
#include "sandbox.h"

struct libspawn_options sandbox_options(const struct libspawn_mount *mounts,
					uint32_t count)
{
	return (struct libspawn_options){
		OPTIONS,
		.backend = support_backend,
		.flags = LIBSPAWN_OWN_IDS,
		.new_namespaces = CLONE_NEWUSER | CLONE_NEWNS,
		.mounts = mounts,
		.mount_count = count,
	};
}

void sandbox_try(void (*body)(void))
{
	struct libspawn_options options = sandbox_options(NULL, 0);

	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		expect_decline(&options, LIBSPAWN_STEP_NEW_NAMESPACES);
	else
		jail_try(&(struct jail_trial){ NULL, body, NULL });
}
