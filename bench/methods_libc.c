/* SPDX-License-Identifier: MIT */
/* The C library's own launchers. */
#define _POSIX_C_SOURCE 200809L
#include "method.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef BENCH_LIBC
#define BENCH_LIBC "libc"
#endif

extern char **environ;

static int start_posix_spawn(struct started *started,
			     const struct target *target, const void *data)
{
	(void)data;
	return posix_spawn(&started->pid, target->program, NULL, NULL,
			   target->argv, environ);
}

/* It returns when the program has ended: both times are the same. */
static int start_system(struct started *started, const struct target *target,
			const void *data)
{
	int status = system(target->program);

	(void)data;
	if (status < 0)
		return errno;
	started->pid = status;
	return 0;
}

static int reap_system(struct started *started)
{
	return started->pid;
}

static int start_popen(struct started *started, const struct target *target,
		       const void *data)
{
	(void)data;
	started->handle = popen(target->program, "r");
	return started->handle ? 0 : errno;
}

static int reap_popen(struct started *started)
{
	return pclose(started->handle);
}

static const struct method libc_table[] = {
	{ .name = BENCH_LIBC "-posix_spawn",
	  .case_name = "plain",
	  .start = start_posix_spawn },
	{ .name = BENCH_LIBC "-system",
	  .case_name = "plain",
	  .start = start_system,
	  .reap = reap_system },
	{ .name = BENCH_LIBC "-popen",
	  .case_name = "plain",
	  .start = start_popen,
	  .reap = reap_popen },
};

METHOD_GROUP(libc_methods, libc_table);
