/* SPDX-License-Identifier: MIT */
/*
 * posix_spawn() with as much of the full house as glibc can: it has no umask,
 * no resource limit and no pidfd.
 */
#define _GNU_SOURCE
#include "method.h"

#include <signal.h>
#include <spawn.h>

extern char **environ;

static posix_spawn_file_actions_t close_actions;
static posix_spawn_file_actions_t house_actions;
static posix_spawnattr_t house_attributes;

static const char *prepare_closing(const void *data)
{
	(void)data;
	posix_spawn_file_actions_init(&close_actions);
	if (posix_spawn_file_actions_addclosefrom_np(&close_actions, 3))
		return "no addclosefrom_np";
	return NULL;
}

static const char *prepare_house(const void *data)
{
	sigset_t set;

	(void)data;
	posix_spawn_file_actions_init(&house_actions);
	posix_spawn_file_actions_addchdir_np(&house_actions, "/");
	for (int fd = 0; fd < 3; fd++)
		posix_spawn_file_actions_adddup2(&house_actions, fd, fd + 3);
	posix_spawn_file_actions_addclosefrom_np(&house_actions, 6);
	posix_spawnattr_init(&house_attributes);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&house_attributes, &set);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGXFSZ);
	posix_spawnattr_setsigdefault(&house_attributes, &set);
	posix_spawnattr_setflags(&house_attributes,
				 POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
					 POSIX_SPAWN_SETSIGDEF);
	return NULL;
}

static int start_closing(struct started *started, const struct target *target,
			 const void *data)
{
	(void)data;
	return posix_spawn(&started->pid, target->program, &close_actions, NULL,
			   target->argv, environ);
}

static int start_house(struct started *started, const struct target *target,
		       const void *data)
{
	(void)data;
	return posix_spawn(&started->pid, target->program, &house_actions,
			   &house_attributes, target->argv, environ);
}

static const struct method libc_options_table[] = {
	{ .name = "glibc-posix_spawn",
	  .case_name = "close-others",
	  .prepare = prepare_closing,
	  .start = start_closing },
	{ .name = "glibc-posix_spawn",
	  .case_name = "part-house",
	  .prepare = prepare_house,
	  .start = start_house },
};

METHOD_GROUP(libc_options_methods, libc_options_table);
