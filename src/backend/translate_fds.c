/* SPDX-License-Identifier: MIT */
/*
 * Descriptors in the words of every posix_spawn() but Apple's: dup2() of a
 * descriptor to itself takes close-on-exec off, closing what is not open is no
 * error, and the others are closed by actions of their own.
 */
#define _GNU_SOURCE
#include "backend/translate.h"

#if !SPAWN_IS_APPLE

#include <errno.h>
#include <fcntl.h>

/* Each gap below a kept number takes an action: there is an end to that. */
enum { HIGHEST_KEPT = 1023 };

int libspawn__translate_can(const struct plan *plan, const struct op *op)
{
	return op->kind != OP_CLOSE_OTHERS ||
	       libspawn__translate_highest(plan) <= HIGHEST_KEPT;
}

int libspawn__translate_keep(struct translation *into, int32_t fd)
{
	return posix_spawn_file_actions_adddup2(&into->actions, fd, fd);
}

/* glibc refuses numbers beyond the limit, of which few are open: EBADF. */
int libspawn__translate_close(struct translation *into, int32_t fd,
			      const struct plan *plan)
{
	int code = posix_spawn_file_actions_addclose(&into->actions, fd);

	(void)plan;
	return code == EBADF && fcntl(fd, F_GETFD) < 0 ? 0 : code;
}

/* Behind all that reads descriptors: the gaps between the kept, and above. */
int libspawn__translate_others(struct translation *into,
			       const struct plan *plan, int32_t first)
{
	int32_t highest = libspawn__translate_highest(plan);
	uint8_t kept[HIGHEST_KEPT + 1] = { 0 };
	int code = 0;
	int32_t fd;

	libspawn__translate_mark_kept(plan, kept, HIGHEST_KEPT + 1);
	for (fd = first; fd < highest && code == 0; fd++)
		if (!kept[fd])
			code = posix_spawn_file_actions_addclose(&into->actions,
								 fd);
	if (code)
		return code;
	if (highest < first)
		highest = first - 1;
	return posix_spawn_file_actions_addclosefrom_np(&into->actions,
							highest + 1);
}

/* The C library changes the directory first, as our child does. */
const char *libspawn__translate_program(struct translation *translation,
					const struct plan *plan,
					const char *path)
{
	(void)translation;
	(void)plan;
	return path;
}

#else

typedef int translate_is_apple;

#endif
