/* SPDX-License-Identifier: MIT */
/* The driver of the drop-in: posix_spawn(), system() and popen() are its. */
#include "method.h"

const struct method_group *const driver_groups[] = { &floor_methods,
						     &libc_methods, NULL };
