/* SPDX-License-Identifier: MIT */
/* The C library's own launcher. */
#include "method.h"

#include <spawn.h>

#ifdef __GLIBC__
#define LIBC "glibc-"
#else
#define LIBC "libc-"
#endif

extern char **environ;

static int start_posix_spawn(struct started *started,
			     const struct target *target)
{
	return posix_spawn(&started->pid, target->program, NULL, NULL,
			   target->argv, environ);
}

static const struct method methods[] = {
	{ .name = LIBC "posix_spawn",
	  .case_name = "plain",
	  .start = start_posix_spawn },
};

const struct method_group libc_methods = {
	methods,
	sizeof methods / sizeof methods[0],
};
