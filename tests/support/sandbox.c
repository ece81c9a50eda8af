/* SPDX-License-Identifier: MIT */
/* See sandbox.h. */
#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* mount_setattr(2), or statx(2) that tells which mount a file is of. */
static int may_change_mounts(void)
{
	struct statx place = { 0 };

	if (syscall(442, -1, NULL, 0, NULL, 0) < 0 && errno != ENOSYS)
		return 1;
	return statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &place) == 0 &&
	       place.stx_mask & STATX_MNT_ID;
}

void sandbox_need_changes(void)
{
	if (!may_change_mounts())
		skip_apart("mounts can't be changed on this kernel");
}

void sandbox_try(void (*body)(void))
{
	struct libspawn_options options = sandbox_options(NULL, 0);

	if (support_backend != LIBSPAWN_BACKEND_CLONE)
		expect_decline(&options, LIBSPAWN_STEP_NEW_NAMESPACES);
	else
		jail_try(&(struct jail_trial){ NULL, body, NULL });
}
