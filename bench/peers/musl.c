/* SPDX-License-Identifier: MIT */
/* peer: compiler musl-gcc, package musl-tools */
/* The harness built with musl: its posix_spawn(), system() and popen(). */
#include "method.h"

const struct method_group *const driver_groups[] = { &floor_methods,
						     &libc_methods, NULL };
