/* SPDX-License-Identifier: MIT */
/* The driver of libspawn, the C library and all that is written by hand. */
#include "method.h"

const struct method_group *const driver_groups[] = {
	&floor_methods,
	&libc_methods,
	&pipe_methods,
	&pipes_methods,
	&libspawn_methods,
	&house_methods,
	&libc_options_methods,
	&libspawn_options_methods,
	&rows_methods,
	&begin_methods,
	&sandbox_methods,
	&hand_methods,
	NULL,
};
