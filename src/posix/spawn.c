/* SPDX-License-Identifier: MIT */
/* posix_spawn() and its sisters: their arguments, made into a call. */
#define _GNU_SOURCE
#include <errno.h>

#include "posix/call.h"
#include "posix/drop_in.h"

/* How the sisters differ. */
enum { SEARCHES = 1, GIVES_PIDFD = 2, TAKES_SCRIPTS = 4 };

/* Objects that were destroyed are refused; none at all are fine. */
static int has_usable_objects(const struct posix_call *call)
{
	return (!call->actions || object_is_usable(call->actions->tag)) &&
	       (!call->attributes || object_is_usable(call->attributes->tag));
}

/* A pid or a pidfd; written on success only, and not made for nobody. */
static int start_call(int *result, const char *program,
		      const posix_spawn_file_actions_t *actions,
		      const posix_spawnattr_t *attributes, char *const argv[],
		      char *const envp[], int how)
{
	const struct posix_call call = {
		.program = program,
		.argv = argv,
		.env = envp,
		.actions = (const struct action_list *)actions,
		.attributes = (const struct attributes *)attributes,
		.search_list = how & SEARCHES
				       ? libspawn__call_search_list(program)
				       : NULL,
		.wants_pidfd = how & GIVES_PIDFD && result,
		.flags = how & TAKES_SCRIPTS ? PLAN_SHELL_FALLBACK : 0,
	};
	struct posix_child child;
	int code = EINVAL;

	if (has_usable_objects(&call))
		code = libspawn__call_start(&call, &child);
	if (code == 0 && result)
		*result = how & GIVES_PIDFD ? child.pidfd : child.pid;
	return code;
}

int libspawn_posix_spawn(pid_t *pid, const char *path,
			 const posix_spawn_file_actions_t *actions,
			 const posix_spawnattr_t *attributes,
			 char *const argv[], char *const envp[])
{
	return start_call(pid, path, actions, attributes, argv, envp, 0);
}
DROP_IN(posix_spawn);

int libspawn_posix_spawnp(pid_t *pid, const char *file,
			  const posix_spawn_file_actions_t *actions,
			  const posix_spawnattr_t *attributes,
			  char *const argv[], char *const envp[])
{
	return start_call(pid, file, actions, attributes, argv, envp, SEARCHES);
}
DROP_IN(posix_spawnp);

int libspawn_pidfd_spawn(int *pidfd, const char *path,
			 const posix_spawn_file_actions_t *actions,
			 const posix_spawnattr_t *attributes,
			 char *const argv[], char *const envp[])
{
	return start_call(pidfd, path, actions, attributes, argv, envp,
			  GIVES_PIDFD);
}
DROP_IN(pidfd_spawn);

int libspawn_pidfd_spawnp(int *pidfd, const char *file,
			  const posix_spawn_file_actions_t *actions,
			  const posix_spawnattr_t *attributes,
			  char *const argv[], char *const envp[])
{
	return start_call(pidfd, file, actions, attributes, argv, envp,
			  SEARCHES | GIVES_PIDFD);
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

int libspawn__posix_spawn_old(pid_t *pid, const char *path,
			      const posix_spawn_file_actions_t *actions,
			      const posix_spawnattr_t *attributes,
			      char *const argv[], char *const envp[])
{
	return start_call(pid, path, actions, attributes, argv, envp,
			  TAKES_SCRIPTS);
}

int libspawn__posix_spawnp_old(pid_t *pid, const char *file,
			       const posix_spawn_file_actions_t *actions,
			       const posix_spawnattr_t *attributes,
			       char *const argv[], char *const envp[])
{
	return start_call(pid, file, actions, attributes, argv, envp,
			  SEARCHES | TAKES_SCRIPTS);
}

__asm__(".symver libspawn__posix_spawn_old,posix_spawn"
	"@" LIBSPAWN_POSIX_OLD_VERSION);
__asm__(".symver libspawn__posix_spawnp_old,posix_spawnp"
	"@" LIBSPAWN_POSIX_OLD_VERSION);

#endif
