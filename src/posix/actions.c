/* SPDX-License-Identifier: MIT */
/*
 * File actions: a list that grows, of copies of what the caller gave. Nothing
 * is done here; what can be refused at once, is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "posix/drop_in.h"
#include "posix/objects.h"

/* Room for one more. */
static int grow_list(struct action_list *list)
{
	uint32_t room = list->room ? 2 * list->room : 8;
	struct action *actions;

	if (list->count < list->room)
		return 0;
	actions = realloc(list->actions, room * sizeof *actions);
	if (!actions)
		return ENOMEM;
	list->actions = actions;
	list->room = room;
	return 0;
}

/* 0 or an errno value, as all of these. The path is copied. */
static int add_action(posix_spawn_file_actions_t *object,
		      const struct action *action, const char *path)
{
	struct action_list *list = (struct action_list *)object;
	struct action added = *action;
	int error = errno;
	int code;

	if (!object_is_usable(list->tag))
		return EINVAL;
	added.path = path ? strdup(path) : NULL;
	code = path && !added.path ? ENOMEM : grow_list(list);
	errno = error;
	if (code) {
		free(added.path);
		return code;
	}
	list->actions[list->count++] = added;
	return 0;
}

static int add_fd_action(posix_spawn_file_actions_t *object,
			 enum action_kind kind, int fd)
{
	const struct action action = { .kind = kind, .fd = fd };

	return object_may_name(fd) ? add_action(object, &action, NULL) : EBADF;
}

int libspawn_posix_spawn_file_actions_init(posix_spawn_file_actions_t *object)
{
	struct action_list *list = (struct action_list *)object;

	memset(object, 0, sizeof *object);
	list->tag = OBJECT_LIVE;
	return 0;
}
DROP_IN(posix_spawn_file_actions_init);

int libspawn_posix_spawn_file_actions_destroy(
	posix_spawn_file_actions_t *object)
{
	struct action_list *list = (struct action_list *)object;
	uint32_t n;

	if (!object_is_usable(list->tag))
		return EINVAL;
	for (n = 0; n < list->count; n++)
		free(list->actions[n].path);
	free(list->actions);
	memset(object, 0, sizeof *object);
	list->tag = OBJECT_DESTROYED;
	return 0;
}
DROP_IN(posix_spawn_file_actions_destroy);

int libspawn_posix_spawn_file_actions_addopen(
	posix_spawn_file_actions_t *object, int fd, const char *path, int flags,
	mode_t mode)
{
	const struct action action = {
		.kind = ACTION_OPEN, .fd = fd, .flags = flags, .mode = mode
	};

	return object_may_name(fd) ? add_action(object, &action, path) : EBADF;
}
DROP_IN(posix_spawn_file_actions_addopen);

int libspawn_posix_spawn_file_actions_adddup2(
	posix_spawn_file_actions_t *object, int fd, int new_fd)
{
	const struct action action = { .kind = ACTION_DUP2,
				       .fd = fd,
				       .new_fd = new_fd };

	if (!object_may_name(fd) || !object_may_name(new_fd))
		return EBADF;
	return add_action(object, &action, NULL);
}
DROP_IN(posix_spawn_file_actions_adddup2);

int libspawn_posix_spawn_file_actions_addclose(
	posix_spawn_file_actions_t *object, int fd)
{
	return add_fd_action(object, ACTION_CLOSE, fd);
}
DROP_IN(posix_spawn_file_actions_addclose);

int libspawn_posix_spawn_file_actions_addclosefrom_np(
	posix_spawn_file_actions_t *object, int from)
{
	return add_fd_action(object, ACTION_CLOSE_FROM, from);
}
DROP_IN(posix_spawn_file_actions_addclosefrom_np);

int libspawn_posix_spawn_file_actions_addtcsetpgrp_np(
	posix_spawn_file_actions_t *object, int fd)
{
	return add_fd_action(object, ACTION_FOREGROUND, fd);
}
DROP_IN(posix_spawn_file_actions_addtcsetpgrp_np);

int libspawn_posix_spawn_file_actions_addchdir(
	posix_spawn_file_actions_t *object, const char *path)
{
	const struct action action = { .kind = ACTION_CHDIR };

	return add_action(object, &action, path);
}
DROP_IN(posix_spawn_file_actions_addchdir);

int libspawn_posix_spawn_file_actions_addchdir_np(
	posix_spawn_file_actions_t *object, const char *path)
{
	return libspawn_posix_spawn_file_actions_addchdir(object, path);
}
DROP_IN(posix_spawn_file_actions_addchdir_np);

int libspawn_posix_spawn_file_actions_addfchdir(
	posix_spawn_file_actions_t *object, int fd)
{
	return add_fd_action(object, ACTION_FCHDIR, fd);
}
DROP_IN(posix_spawn_file_actions_addfchdir);

int libspawn_posix_spawn_file_actions_addfchdir_np(
	posix_spawn_file_actions_t *object, int fd)
{
	return add_fd_action(object, ACTION_FCHDIR, fd);
}
DROP_IN(posix_spawn_file_actions_addfchdir_np);
