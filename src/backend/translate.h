/* SPDX-License-Identifier: MIT */
/* A plan in the words of posix_spawn(): file actions and attributes. */
#ifndef LIBSPAWN_BACKEND_TRANSLATE_H
#define LIBSPAWN_BACKEND_TRANSLATE_H

#include <spawn.h>
#include <sys/types.h>

#include "child/plan.h"

/* What the C library has beyond POSIX.1-2017. */
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
#define HAS_CLOSEFROM 1
#endif
#endif
#ifndef HAS_CLOSEFROM
#define HAS_CLOSEFROM 0
#endif
#ifdef POSIX_SPAWN_SETSID
#define HAS_SETSID 1
#else
#define HAS_SETSID 0
#define POSIX_SPAWN_SETSID 0
#endif

/* Kinds of operation that can be translated. */
#define TRANSLATES                                                             \
	(HAS_CLOSEFROM * OP_BIT(OP_CLOSE_OTHERS) |                             \
	 HAS_SETSID * OP_BIT(OP_SESSION) | OP_BIT(OP_HANDLERS) |               \
	 OP_BIT(OP_SIGNALS_DEFAULT) | OP_BIT(OP_PROCESS_GROUP) |               \
	 OP_BIT(OP_FD_SAVE) | OP_BIT(OP_FD_MOVE) | OP_BIT(OP_FD_RESTORE) |     \
	 OP_BIT(OP_FD_KEEP) | OP_BIT(OP_FD_OPEN) | OP_BIT(OP_FD_CLOSE) |       \
	 OP_BIT(OP_CHDIR) | OP_BIT(OP_FCHDIR) | OP_BIT(OP_MASK) |              \
	 OP_BIT(OP_EXEC))

/* Nothing but exec can fail in a child that only does these. */
#define TRANSLATES_SURELY                                                      \
	(HAS_CLOSEFROM * OP_BIT(OP_CLOSE_OTHERS) |                             \
	 HAS_SETSID * OP_BIT(OP_SESSION) | OP_BIT(OP_HANDLERS) |               \
	 OP_BIT(OP_SIGNALS_DEFAULT) | OP_BIT(OP_FD_CLOSE) | OP_BIT(OP_MASK) |  \
	 OP_BIT(OP_EXEC))

struct translation {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	short flags;
	uint32_t at; /* the operation that is translated */
	pid_t pid;
};

/* translate.c: an operation of the plan that has no translation, or -1 */
int32_t libspawn__translate_declines(const struct plan *plan);
/* 0 or -errno. Only what it has begun need be ended. */
int libspawn__translate_begin(struct translation *translation,
			      const struct launch *launch);
void libspawn__translate_end(struct translation *translation);

#endif
