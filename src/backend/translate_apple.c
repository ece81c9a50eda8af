/* SPDX-License-Identifier: MIT */
/*
 * Descriptors in the words of macOS: posix_spawnattr_setflags(3),
 * posix_spawn_file_actions_addinherit_np(3). With POSIX_SPAWN_CLOEXEC_DEFAULT
 * the program gets what actions name, and nothing else, whatever other threads
 * open meanwhile. Closing what is not open fails there; dup2() of a descriptor
 * to itself leaves close-on-exec as it is; and where a relative program is
 * looked for after a change of directory differs between versions.
 */
#define _GNU_SOURCE
#include "backend/translate.h"

#if SPAWN_IS_APPLE

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* OPEN_MAX - 1: more is refused by libsystem */
enum { HIGHEST_PASSED = 10239 };

/* ---- What can be said -------------------------------------------------- */

/* Where the plan changes to, if it does so by a path. */
static const char *directory_of(const struct plan *plan)
{
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		if (plan->ops[n].kind == OP_CHDIR)
			return plan->ops[n].data;
	return NULL;
}

/* Absolute, or made so, or there is no change of directory. */
static int is_findable(const struct plan *plan, const char *program)
{
	const char *directory = directory_of(plan);

	if (plan->kinds & OP_BIT(OP_FCHDIR))
		return program[0] == '/';
	return program[0] == '/' || !directory || directory[0] == '/';
}

int libspawn__translate_can(const struct plan *plan, const struct op *op)
{
	switch (op->kind) {
	case OP_FD_SAVE:
	case OP_FD_KEEP: return op->fd <= HIGHEST_PASSED;
	case OP_FD_MOVE:
		return op->fd <= HIGHEST_PASSED && op->number <= HIGHEST_PASSED;
	case OP_FD_RESTORE:
	case OP_FD_OPEN: return op->number <= HIGHEST_PASSED;
	case OP_EXEC: return is_findable(plan, op->data);
	default: return 1;
	}
}

/* ---- Saying it --------------------------------------------------------- */

static int is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

int libspawn__translate_keep(struct translation *into, int32_t fd)
{
	return posix_spawn_file_actions_addinherit_np(&into->actions, fd);
}

/* With the others closed by default there is nothing to do; else only if. */
int libspawn__translate_close(struct translation *into, int32_t fd,
			      const struct plan *plan)
{
	if (plan->kinds & OP_BIT(OP_CLOSE_OTHERS) || !is_open(fd))
		return 0;
	return posix_spawn_file_actions_addclose(&into->actions, fd);
}

/* Sets named[n] for each n below count that the plan closes by name. */
static void mark_closed(const struct plan *plan, uint8_t *named, int32_t count)
{
	uint32_t n;

	for (n = 0; n < plan->op_count; n++)
		if (plan->ops[n].kind == OP_FD_CLOSE && plan->ops[n].fd < count)
			named[plan->ops[n].fd] = 1;
}

/* Below first, what would survive exec has to be named to do so here. */
int libspawn__translate_others(struct translation *into,
			       const struct plan *plan, int32_t first)
{
	uint8_t named[HIGHEST_PASSED + 1] = { 0 };
	int code = 0;
	int fd;

	into->flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
	libspawn__translate_mark_kept(plan, named, first);
	mark_closed(plan, named, first);
	for (fd = 0; fd < first && code == 0; fd++)
		if (!named[fd] && is_open(fd))
			code = posix_spawn_file_actions_addinherit_np(
				&into->actions, fd);
	return code;
}

/* A relative one behind a change of directory becomes absolute. */
const char *libspawn__translate_program(struct translation *translation,
					const struct plan *plan,
					const char *path)
{
	const char *directory = directory_of(plan);
	size_t length;

	if (path[0] == '/' || !directory)
		return path;
	length = strlen(directory);
	if (length + 1 + strlen(path) >= sizeof translation->path)
		return NULL;
	memcpy(translation->path, directory, length);
	translation->path[length] = '/';
	memcpy(translation->path + length + 1, path, strlen(path) + 1);
	return translation->path;
}

#else

typedef int translate_is_posix;

#endif
