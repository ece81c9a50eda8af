/* SPDX-License-Identifier: MIT */
/* posix_spawn() and its three sisters: their arguments, made into a call. */
#define _GNU_SOURCE
#include <errno.h>

#include "posix/call.h"
#include "posix/drop_in.h"

/* Objects that were destroyed are refused; none at all are fine. */
static int has_usable_objects(const struct posix_call *call)
{
	return (!call->actions || object_is_usable(call->actions->tag)) &&
	       (!call->attributes || object_is_usable(call->attributes->tag));
}

static struct posix_call read_call(const char *program,
				   const posix_spawn_file_actions_t *actions,
				   const posix_spawnattr_t *attributes,
				   char *const argv[], char *const envp[])
{
	const struct posix_call call = {
		.program = program,
		.argv = argv,
		.env = envp,
		.actions = (const struct action_list *)actions,
		.attributes = (const struct attributes *)attributes,
	};

	return call;
}

/* What is returned by reference is written on success only. */
static int start_call(const struct posix_call *call, pid_t *pid, int *pidfd)
{
	struct posix_child child;
	int code;

	if (!has_usable_objects(call))
		return EINVAL;
	code = libspawn__call_start(call, &child);
	if (code)
		return code;
	if (pid)
		*pid = child.pid;
	if (pidfd)
		*pidfd = child.pidfd;
	return 0;
}

int libspawn_posix_spawn(pid_t *pid, const char *path,
			 const posix_spawn_file_actions_t *actions,
			 const posix_spawnattr_t *attributes,
			 char *const argv[], char *const envp[])
{
	const struct posix_call call =
		read_call(path, actions, attributes, argv, envp);

	return start_call(&call, pid, NULL);
}
DROP_IN(posix_spawn);

int libspawn_posix_spawnp(pid_t *pid, const char *file,
			  const posix_spawn_file_actions_t *actions,
			  const posix_spawnattr_t *attributes,
			  char *const argv[], char *const envp[])
{
	struct posix_call call =
		read_call(file, actions, attributes, argv, envp);

	call.search_list = libspawn__call_search_list(file);
	return start_call(&call, pid, NULL);
}
DROP_IN(posix_spawnp);

int libspawn_pidfd_spawn(int *pidfd, const char *path,
			 const posix_spawn_file_actions_t *actions,
			 const posix_spawnattr_t *attributes,
			 char *const argv[], char *const envp[])
{
	struct posix_call call =
		read_call(path, actions, attributes, argv, envp);

	call.wants_pidfd = 1;
	return start_call(&call, NULL, pidfd);
}
DROP_IN(pidfd_spawn);

int libspawn_pidfd_spawnp(int *pidfd, const char *file,
			  const posix_spawn_file_actions_t *actions,
			  const posix_spawnattr_t *attributes,
			  char *const argv[], char *const envp[])
{
	struct posix_call call =
		read_call(file, actions, attributes, argv, envp);

	call.search_list = libspawn__call_search_list(file);
	call.wants_pidfd = 1;
	return start_call(&call, NULL, pidfd);
}
DROP_IN(pidfd_spawnp);

/* ---- As in 2010 -------------------------------------------------------- */

/*
 * Before glibc 2.15 a file without a header went to the shell. Programs linked
 * then ask for those versions, and share the rest of the family with us.
 */
#ifdef LIBSPAWN_POSIX_OLD_VERSION

LIBSPAWN_API int
libspawn__posix_spawn_old(pid_t *pid, const char *path,
			  const posix_spawn_file_actions_t *actions,
			  const posix_spawnattr_t *attributes,
			  char *const argv[], char *const envp[]);
LIBSPAWN_API int
libspawn__posix_spawnp_old(pid_t *pid, const char *file,
			   const posix_spawn_file_actions_t *actions,
			   const posix_spawnattr_t *attributes,
			   char *const argv[], char *const envp[]);

/* The shell takes the script's name from argv[0]'s place. */
static uint32_t shell_flags(char *const argv[])
{
	return argv && argv[0] ? PLAN_SHELL_FALLBACK : 0;
}

int libspawn__posix_spawn_old(pid_t *pid, const char *path,
			      const posix_spawn_file_actions_t *actions,
			      const posix_spawnattr_t *attributes,
			      char *const argv[], char *const envp[])
{
	struct posix_call call =
		read_call(path, actions, attributes, argv, envp);

	call.flags = shell_flags(argv);
	return start_call(&call, pid, NULL);
}

int libspawn__posix_spawnp_old(pid_t *pid, const char *file,
			       const posix_spawn_file_actions_t *actions,
			       const posix_spawnattr_t *attributes,
			       char *const argv[], char *const envp[])
{
	struct posix_call call =
		read_call(file, actions, attributes, argv, envp);

	call.search_list = libspawn__call_search_list(file);
	call.flags = shell_flags(argv);
	return start_call(&call, pid, NULL);
}

__asm__(".symver libspawn__posix_spawn_old,posix_spawn"
	"@" LIBSPAWN_POSIX_OLD_VERSION);
__asm__(".symver libspawn__posix_spawnp_old,posix_spawnp"
	"@" LIBSPAWN_POSIX_OLD_VERSION);

#endif
