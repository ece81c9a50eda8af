/* SPDX-License-Identifier: MIT */
/*
 * The driver of those that fork. After a fork() each page that the caller
 * writes is copied once: whoever starts next in the same process pays for it.
 */
#include "method.h"

const struct method_group *const driver_groups[] = {
	&floor_methods,
	&fork_methods,
	&libspawn_fork_methods,
	NULL,
};
