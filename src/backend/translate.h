/* SPDX-License-Identifier: MIT */
/* A plan in the words of posix_spawn(): file actions and attributes. */
#ifndef LIBSPAWN_BACKEND_TRANSLATE_H
#define LIBSPAWN_BACKEND_TRANSLATE_H

#include <spawn.h>
#include <sys/types.h>

#include "backend/spawn_has.h"
#include "child/launch.h"

/* What needs more than POSIX.1-2017 has. */
#define TRANSLATES_MORE                                                        \
	((SPAWN_HAS_CLOSEFROM || SPAWN_IS_APPLE ? OP_BIT(OP_CLOSE_OTHERS)      \
						: 0) |                         \
	 (SPAWN_HAS_SETSID ? OP_BIT(OP_SESSION) : 0) |                         \
	 (SPAWN_HAS_CHDIR ? OP_BIT(OP_CHDIR) | OP_BIT(OP_FCHDIR) : 0))

/* Kinds of operation that can be translated. */
#define TRANSLATES                                                             \
	(!SPAWN_TELLS                                                          \
		 ? 0                                                           \
		 : TRANSLATES_MORE | OP_BIT(OP_HANDLERS) |                     \
			   OP_BIT(OP_SIGNALS_DEFAULT) |                        \
			   OP_BIT(OP_PROCESS_GROUP) | OP_BIT(OP_FD_SAVE) |     \
			   OP_BIT(OP_FD_MOVE) | OP_BIT(OP_FD_RESTORE) |        \
			   OP_BIT(OP_FD_KEEP) | OP_BIT(OP_FD_OPEN) |           \
			   OP_BIT(OP_FD_CLOSE) | OP_BIT(OP_DIE_TOGETHER) |     \
			   OP_BIT(OP_MASK) | OP_BIT(OP_EXEC))

/* Nothing but exec can fail in a child that only does these. */
#define TRANSLATES_SURELY                                                      \
	(OP_BIT(OP_NO_WAIT) | OP_BIT(OP_CLOSE_OTHERS) | OP_BIT(OP_SESSION) |   \
	 OP_BIT(OP_HANDLERS) | OP_BIT(OP_SIGNALS_DEFAULT) |                    \
	 OP_BIT(OP_DIE_TOGETHER) | OP_BIT(OP_FD_CLOSE) | OP_BIT(OP_MASK) |     \
	 OP_BIT(OP_EXEC))

/* Room for a path that is put together here. */
enum { TRANSLATE_PATH = SPAWN_IS_APPLE ? 1024 : 1 };

struct translation {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	short flags;
	uint32_t at; /* the operation that is translated */
	pid_t pid;
	char path[TRANSLATE_PATH];
};

/* translate.c: an operation of the plan that has no translation, or -1 */
int32_t libspawn__translate_declines(const struct plan *plan);
/* 0 or -errno. Only what it has begun need be ended. */
int libspawn__translate_begin(struct translation *translation,
			      const struct launch *launch);
void libspawn__translate_end(struct translation *translation);

/* Sets kept[n] for each n below count that the program is to have open. */
void libspawn__translate_mark_kept(const struct plan *plan, uint8_t *kept,
				   int32_t count);
/* The highest such descriptor, or -1. */
int32_t libspawn__translate_highest(const struct plan *plan);

/*
 * translate_fds.c, and translate_apple.c for the other dialect:
 *
 * Whether an operation on descriptors, of chdir or of exec can be translated.
 */
int libspawn__translate_can(const struct plan *plan, const struct op *op);
/* That one stays open, or is closed. 0 or an errno value, as the next. */
int libspawn__translate_keep(struct translation *into, int32_t fd);
int libspawn__translate_close(struct translation *into, int32_t fd,
			      const struct plan *plan);
/* Closing the others, after all that reads descriptors. */
int libspawn__translate_others(struct translation *into,
			       const struct plan *plan, int32_t first);
/* The path of a program as posix_spawn() has to be told it; NULL: too long. */
const char *libspawn__translate_program(struct translation *translation,
					const struct plan *plan,
					const char *path);

#endif
