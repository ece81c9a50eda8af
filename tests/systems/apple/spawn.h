/* SPDX-License-Identifier: MIT */
/*
 * An imitation of <spawn.h> of macOS, for LIBSPAWN_APPLE on Linux: what the
 * library uses of it, with the values and the manners that its manual pages
 * and users report. spawn.c tells them.
 */
#ifndef TESTS_APPLE_SPAWN_H
#define TESTS_APPLE_SPAWN_H

#include <signal.h>
#include <sys/types.h>

#define POSIX_SPAWN_SETPGROUP 0x0002
#define POSIX_SPAWN_SETSIGDEF 0x0004
#define POSIX_SPAWN_SETSIGMASK 0x0008
#define POSIX_SPAWN_SETSID 0x0400
#define POSIX_SPAWN_CLOEXEC_DEFAULT 0x4000

typedef void *posix_spawnattr_t;
typedef void *posix_spawn_file_actions_t;

/* The C library of this system has most of these names as well. */
#define posix_spawn apple_spawn
#define posix_spawnattr_init apple_attributes_init
#define posix_spawnattr_destroy apple_attributes_destroy
#define posix_spawnattr_setflags apple_attributes_setflags
#define posix_spawnattr_setpgroup apple_attributes_setpgroup
#define posix_spawnattr_setsigdefault apple_attributes_setsigdefault
#define posix_spawnattr_setsigmask apple_attributes_setsigmask
#define posix_spawn_file_actions_init apple_actions_init
#define posix_spawn_file_actions_destroy apple_actions_destroy
#define posix_spawn_file_actions_addopen apple_actions_addopen
#define posix_spawn_file_actions_adddup2 apple_actions_adddup2
#define posix_spawn_file_actions_addclose apple_actions_addclose
#define posix_spawn_file_actions_addinherit_np apple_actions_addinherit
#define posix_spawn_file_actions_addchdir_np apple_actions_addchdir
#define posix_spawn_file_actions_addfchdir_np apple_actions_addfchdir

int posix_spawn(pid_t *pid, const char *path,
		const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attributes, char *const argv[],
		char *const env[]);
int posix_spawnattr_init(posix_spawnattr_t *attributes);
int posix_spawnattr_destroy(posix_spawnattr_t *attributes);
int posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags);
int posix_spawnattr_setpgroup(posix_spawnattr_t *attributes, pid_t group);
int posix_spawnattr_setsigdefault(posix_spawnattr_t *attributes,
				  const sigset_t *set);
int posix_spawnattr_setsigmask(posix_spawnattr_t *attributes,
			       const sigset_t *set);
int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions);
int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions);
int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *actions,
				     int fd, const char *path, int flags,
				     mode_t mode);
int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions,
				     int fd, int to);
int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions,
				      int fd);
int posix_spawn_file_actions_addinherit_np(posix_spawn_file_actions_t *actions,
					   int fd);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions,
					 const char *path);
int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *actions,
					  int fd);

#endif
