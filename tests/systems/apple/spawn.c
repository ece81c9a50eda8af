/* SPDX-License-Identifier: MIT */
/*
 * posix_spawn() with the manners of macOS, by fork(): file actions come before
 * attributes, dup2() of a descriptor to itself leaves close-on-exec as it is,
 * closing what is not open is an error, CLOEXEC_DEFAULT spares only what
 * actions name, and a relative program is looked for in the parent's directory.
 */
#define _GNU_SOURCE
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ACTIONS = 512, OPEN_MAX_THERE = 10240 };

enum kind { OPEN, DUP2, CLOSE, INHERIT, CHDIR, FCHDIR };

struct action {
	enum kind kind;
	int fd;
	int to;
	int flags;
	mode_t mode;
	char *path;
};

struct apple_actions {
	size_t count;
	struct action list[MOST_ACTIONS];
};

struct apple_attributes {
	short flags;
	pid_t group;
	sigset_t defaults;
	sigset_t mask;
};

/* ---- What is asked for ------------------------------------------------- */

static int add(posix_spawn_file_actions_t *actions, struct action action,
	       const char *path)
{
	struct apple_actions *all = *actions;

	if (action.fd < 0 || action.fd >= OPEN_MAX_THERE || action.to < 0 ||
	    action.to >= OPEN_MAX_THERE)
		return EBADF;
	if (all->count == MOST_ACTIONS)
		return ENOMEM;
	action.path = path ? strdup(path) : NULL;
	all->list[all->count++] = action;
	return 0;
}

int apple_actions_init(posix_spawn_file_actions_t *actions)
{
	*actions = calloc(1, sizeof(struct apple_actions));
	return *actions ? 0 : ENOMEM;
}

int apple_actions_destroy(posix_spawn_file_actions_t *actions)
{
	struct apple_actions *all = *actions;

	for (size_t n = 0; n < all->count; n++)
		free(all->list[n].path);
	free(all);
	return 0;
}

int apple_actions_addopen(posix_spawn_file_actions_t *actions, int fd,
			  const char *path, int flags, mode_t mode)
{
	return add(
		actions,
		(struct action){
			.kind = OPEN, .fd = fd, .flags = flags, .mode = mode },
		path);
}

int apple_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int to)
{
	return add(actions, (struct action){ .kind = DUP2, .fd = fd, .to = to },
		   NULL);
}

int apple_actions_addclose(posix_spawn_file_actions_t *actions, int fd)
{
	return add(actions, (struct action){ .kind = CLOSE, .fd = fd }, NULL);
}

int apple_actions_addinherit(posix_spawn_file_actions_t *actions, int fd)
{
	return add(actions, (struct action){ .kind = INHERIT, .fd = fd }, NULL);
}

int apple_actions_addchdir(posix_spawn_file_actions_t *actions,
			   const char *path)
{
	return add(actions, (struct action){ .kind = CHDIR }, path);
}

int apple_actions_addfchdir(posix_spawn_file_actions_t *actions, int fd)
{
	return add(actions, (struct action){ .kind = FCHDIR, .fd = fd }, NULL);
}

int apple_attributes_init(posix_spawnattr_t *attributes)
{
	*attributes = calloc(1, sizeof(struct apple_attributes));
	return *attributes ? 0 : ENOMEM;
}

int apple_attributes_destroy(posix_spawnattr_t *attributes)
{
	free(*attributes);
	return 0;
}

int apple_attributes_setflags(posix_spawnattr_t *attributes, short flags)
{
	struct apple_attributes *all = *attributes;

	all->flags = flags;
	return 0;
}

int apple_attributes_setpgroup(posix_spawnattr_t *attributes, pid_t group)
{
	struct apple_attributes *all = *attributes;

	all->group = group;
	return 0;
}

int apple_attributes_setsigdefault(posix_spawnattr_t *attributes,
				   const sigset_t *set)
{
	struct apple_attributes *all = *attributes;

	all->defaults = *set;
	return 0;
}

int apple_attributes_setsigmask(posix_spawnattr_t *attributes,
				const sigset_t *set)
{
	struct apple_attributes *all = *attributes;

	all->mask = *set;
	return 0;
}

/* ---- The child --------------------------------------------------------- */

static int spare(int fd, int is_default)
{
	return is_default ? fcntl(fd, F_SETFD, 0) : 0;
}

static int open_as(const struct action *action)
{
	int fd = open(action->path, action->flags, action->mode);

	if (fd < 0 || fd == action->fd)
		return fd;
	if (dup2(fd, action->fd) < 0)
		return -1;
	return close(fd);
}

/* dup2(n, n) changes nothing, not even what CLOEXEC_DEFAULT has done. */
static int act(const struct action *action, int is_default)
{
	switch (action->kind) {
	case OPEN:
		return open_as(action) < 0 ? -1 : spare(action->fd, is_default);
	case DUP2: return dup2(action->fd, action->to);
	case CLOSE: return close(action->fd);
	case INHERIT: return fcntl(action->fd, F_SETFD, 0);
	case CHDIR: return chdir(action->path);
	default: return fchdir(action->fd);
	}
}

static int act_all(const struct apple_actions *actions, int is_default)
{
	for (int fd = 0; is_default && fd < OPEN_MAX_THERE; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	for (size_t n = 0; n < actions->count; n++)
		if (act(&actions->list[n], is_default) < 0)
			return -1;
	return 0;
}

/* All 64 signals, whatever the C library here keeps to itself. */
static int set_attributes(const struct apple_attributes *attributes)
{
	struct {
		unsigned long word[4];
	} plain = { { 0 } };
	uint64_t defaults;

	memcpy(&defaults, &attributes->defaults, sizeof defaults);
	if (attributes->flags & POSIX_SPAWN_SETPGROUP &&
	    setpgid(0, attributes->group) < 0)
		return -1;
	if (attributes->flags & POSIX_SPAWN_SETSID && setsid() < 0)
		return -1;
	for (int n = 1; n <= 64; n++)
		if (attributes->flags & POSIX_SPAWN_SETSIGDEF &&
		    defaults >> (n - 1) & 1)
			syscall(SYS_rt_sigaction, n, &plain, NULL, 8);
	if (attributes->flags & POSIX_SPAWN_SETSIGMASK)
		syscall(SYS_rt_sigprocmask, SIG_SETMASK, &attributes->mask,
			NULL, 8);
	return 0;
}

/* Resolved before anything of the child is changed. */
static char *find_program(const char *path)
{
	char cwd[PATH_MAX];
	char *whole;

	if (path[0] == 0 || path[0] == '/' || !getcwd(cwd, sizeof cwd))
		return strdup(path);
	return asprintf(&whole, "%s/%s", cwd, path) < 0 ? NULL : whole;
}

/* In the parent's memory, whose thread waits. Returns only if it fails. */
static void be_child(const char *program, const struct apple_actions *actions,
		     const struct apple_attributes *attributes,
		     char *const argv[], char *const env[])
{
	int is_default = (attributes->flags & POSIX_SPAWN_CLOEXEC_DEFAULT) != 0;

	if (act_all(actions, is_default) == 0 &&
	    set_attributes(attributes) == 0)
		execve(program, argv, env);
}

int apple_spawn(pid_t *pid, const char *path,
		const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attributes, char *const argv[],
		char *const env[])
{
	char *program = find_program(path);
	volatile int code = 0;
	pid_t child;

	if (!program)
		return ENOMEM;
	child = vfork();
	if (child == 0) {
		be_child(program, *actions, *attributes, argv, env);
		code = errno;
		_exit(127);
	}
	if (child < 0)
		code = errno;
	else if (code)
		waitpid(child, NULL, 0);
	else
		*pid = child;
	free(program);
	return code;
}
