/* SPDX-License-Identifier: MIT */
/* Numbers that the caller keeps free for its starts: see ends/reserve.c. */
#define _GNU_SOURCE
#include <errno.h>

#include "calm.h"
#include "ends/reserve.h"
#include "libspawn.h"

int libspawn_reserve_fds(uint32_t count)
{
	struct calm calm;
	int code;

	if (count > LIBSPAWN_RESERVE_MAX)
		return EINVAL;
	calm_begin(&calm);
	code = libspawn__reserve_keep(count);
	calm_end(&calm);
	return -code;
}
