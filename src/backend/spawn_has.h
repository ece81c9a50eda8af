/* SPDX-License-Identifier: MIT */
/*
 * What the posix_spawn() of a system has, each 1 or 0:
 *
 * SPAWN_TELLS: that a program can't be executed, instead of a status of 127
 * SPAWN_HAS_CHDIR, SPAWN_HAS_CLOSEFROM, SPAWN_HAS_SETSID: beyond POSIX.1-2017
 * SPAWN_IS_APPLE: POSIX_SPAWN_CLOEXEC_DEFAULT and addinherit_np(), and file
 * actions that are less forgiving. LIBSPAWN_APPLE builds it elsewhere, to test
 * it against an imitation.
 *
 * What there is not can be called all the same, and answers ENOTSUP.
 */
#ifndef LIBSPAWN_BACKEND_SPAWN_HAS_H
#define LIBSPAWN_BACKEND_SPAWN_HAS_H

#include <errno.h>
#include <spawn.h>
#include <sys/param.h>

#define SPAWN_LACKS(actions, argument) ((void)(argument), ENOTSUP)

#if defined(__APPLE__) || defined(LIBSPAWN_APPLE)

/* macOS 10.15; before, a new session was not refused but forgotten. */
#define SPAWN_TELLS 1
#define SPAWN_HAS_CHDIR 1
#define SPAWN_HAS_CLOSEFROM 0
#define SPAWN_HAS_SETSID 1
#define SPAWN_IS_APPLE 1

#elif defined(__GLIBC__) && __GLIBC_MINOR__ >= 34

#define SPAWN_TELLS 1
#define SPAWN_HAS_CHDIR 1
#define SPAWN_HAS_CLOSEFROM 1
#define SPAWN_HAS_SETSID 1
#define SPAWN_IS_APPLE 0

#elif defined(__FreeBSD_version) && __FreeBSD_version >= 1301000

#define SPAWN_TELLS 1
#define SPAWN_HAS_CHDIR 1
#define SPAWN_HAS_CLOSEFROM 1
#define SPAWN_HAS_SETSID 0
#define SPAWN_IS_APPLE 0
#define POSIX_SPAWN_SETSID 0

#elif defined(__GLIBC__) && __GLIBC_MINOR__ >= 29 ||                           \
	defined(__linux__) && !defined(__GLIBC__) && !defined(__ANDROID__)

/* musl 1.1.24 */
#define SPAWN_TELLS 1
#define SPAWN_HAS_CHDIR 1
#define SPAWN_HAS_CLOSEFROM 0
#define SPAWN_HAS_SETSID 1
#define SPAWN_IS_APPLE 0
#define posix_spawn_file_actions_addclosefrom_np SPAWN_LACKS

#else

/* OpenBSD, NetBSD, Android, glibc before 2.24; what would help is younger. */
#define SPAWN_TELLS 0
#define SPAWN_HAS_CHDIR 0
#define SPAWN_HAS_CLOSEFROM 0
#define SPAWN_HAS_SETSID 0
#define SPAWN_IS_APPLE 0
#undef POSIX_SPAWN_SETSID
#define POSIX_SPAWN_SETSID 0
#define posix_spawn_file_actions_addchdir_np SPAWN_LACKS
#define posix_spawn_file_actions_addfchdir_np SPAWN_LACKS
#define posix_spawn_file_actions_addclosefrom_np SPAWN_LACKS

#endif

#endif
