/* SPDX-License-Identifier: MIT */
/*
 * The two ends of the scale: vfork() and execve() with no safety at all, below
 * which no synchronous start can come, and fork() and execve().
 */
#define _GNU_SOURCE
#include "method.h"

#include <errno.h>
#include <unistd.h>

extern char **environ;

static int start_vfork(struct started *started, const struct target *target)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(target->program, target->argv, environ);
		_exit(127);
	}
	if (pid < 0)
		return errno;
	started->pid = pid;
	return 0;
}

static int start_fork(struct started *started, const struct target *target)
{
	pid_t pid = fork();

	if (pid == 0) {
		execve(target->program, target->argv, environ);
		_exit(127);
	}
	if (pid < 0)
		return errno;
	started->pid = pid;
	return 0;
}

static const struct method methods[] = {
	{ .name = "floor", .case_name = "plain", .start = start_vfork },
	{ .name = "fork",
	  .case_name = "plain",
	  .copies_memory = true,
	  .start = start_fork },
};

const struct method_group bare_methods = {
	methods,
	sizeof methods / sizeof methods[0],
};
