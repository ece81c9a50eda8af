/* SPDX-License-Identifier: MIT */
/*
 * The names under test, whoever defines them: libc, the drop-in ahead of it,
 * or the drop-in by the macros of its header. Names that an old libc lacks are
 * declared here, and weak where libc is to define them: then they are NULL.
 */
#ifndef TESTS_POSIX_POSIX_H
#define TESTS_POSIX_POSIX_H

#ifdef POSIX_REDIRECTED
#define LIBSPAWN_POSIX_REDIRECT
#include <libspawn_posix.h>
#else

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef POSIX_FROM_LIBC
#define POSIX_OPTIONAL __attribute__((weak))
#else
#define POSIX_OPTIONAL
#endif

#ifndef POSIX_SPAWN_SETCGROUP
#define POSIX_SPAWN_SETCGROUP 0x100
#endif

POSIX_OPTIONAL int
posix_spawn_file_actions_addchdir(posix_spawn_file_actions_t *restrict,
				  const char *restrict);
POSIX_OPTIONAL int
posix_spawn_file_actions_addfchdir(posix_spawn_file_actions_t *, int);
POSIX_OPTIONAL int
posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
POSIX_OPTIONAL int
posix_spawn_file_actions_addtcsetpgrp_np(posix_spawn_file_actions_t *, int);
POSIX_OPTIONAL int posix_spawnattr_setcgroup_np(posix_spawnattr_t *, int);
POSIX_OPTIONAL int
posix_spawnattr_getcgroup_np(const posix_spawnattr_t *restrict, int *restrict);
POSIX_OPTIONAL int pidfd_spawn(int *restrict, const char *restrict,
			       const posix_spawn_file_actions_t *restrict,
			       const posix_spawnattr_t *restrict,
			       char *const[restrict], char *const[restrict]);
POSIX_OPTIONAL int pidfd_spawnp(int *restrict, const char *restrict,
				const posix_spawn_file_actions_t *restrict,
				const posix_spawnattr_t *restrict,
				char *const[restrict], char *const[restrict]);
POSIX_OPTIONAL pid_t pidfd_getpid(int);

#endif
#endif
