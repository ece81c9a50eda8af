/* SPDX-License-Identifier: MIT */
/*
 * A sandbox, from the call to the end of the program: new namespaces of all
 * kinds, the system read-only, a /proc, a /dev and a /tmp of its own; by
 * libspawn in one start, by bwrap(1), by systemd-run where systemd runs, and,
 * with less of it, by unshare(1); by minijail0, whose words were tried on no
 * machine yet. Only where BENCH_SANDBOX says so: each costs ten plain starts
 * and more.
 */
#define _GNU_SOURCE
#include "libspawn_start.h"
#include "method.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

#define ALL_NEW                                                                \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |           \
	 CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP)

static const struct libspawn_mount mounts[] = {
	{ .kind = LIBSPAWN_MOUNT_REMOUNT,
	  .target = "/",
	  .flags = LIBSPAWN_MOUNT_READ_ONLY | LIBSPAWN_MOUNT_NO_SUID |
		   LIBSPAWN_MOUNT_RECURSIVE },
	{ .kind = LIBSPAWN_MOUNT_PROC, .target = "/proc" },
	{ .kind = LIBSPAWN_MOUNT_DEV, .target = "/dev" },
	{ .kind = LIBSPAWN_MOUNT_TMPFS, .target = "/tmp" },
};

static const char *is_wanted(const void *data)
{
	(void)data;
	return getenv("BENCH_SANDBOX") ? NULL : "of the axis sandbox only";
}

static int is_in_path(const char *program)
{
	char path[4096];
	const char *list = getenv("PATH");

	while (list && *list) {
		size_t length = strcspn(list, ":");

		snprintf(path, sizeof path, "%.*s/%s", (int)length, list,
			 program);
		if (access(path, X_OK) == 0)
			return 1;
		list += length + (list[length] == ':');
	}
	return 0;
}

/* Words: a program and its arguments. */
static const char *is_there(const void *words)
{
	const char *program = *(char *const *)words;
	const char *why = is_wanted(NULL);

	if (why)
		return why;
	if (!is_in_path(program))
		return "the program is not in PATH";
	if (strcmp(program, "systemd-run") == 0 &&
	    access("/run/systemd/system", F_OK) != 0)
		return "systemd does not run here";
	return NULL;
}

static int start_libspawn(struct started *started, const struct target *target,
			  const void *data)
{
	/* What is under /tmp is hidden. */
	if (strncmp(target->program, "/tmp/", 5) == 0)
		return ENOTSUP;
	return libspawn_start_with(started, target, data);
}

/* ---- By another program -------------------------------------------------- */

/* What both lists of bwrap's end with. */
#define BWRAP_MOUNTS                                                           \
	(char[]){ "--ro-bind" }, (char[]){ "/" }, (char[]){ "/" },             \
		(char[]){ "--proc" }, (char[]){ "/proc" },                     \
		(char[]){ "--dev" }, (char[]){ "/dev" },                       \
		(char[]){ "--tmpfs" }, (char[]){ "/tmp" }, NULL

/* Its arguments before the target's. */
static char *const bwrap[] = { (char[]){ "bwrap" }, (char[]){ "--unshare-all" },
			       BWRAP_MOUNTS };

/* The same with the caller's network. */
static char *const bwrap_net[] = { (char[]){ "bwrap" },
				   (char[]){ "--unshare-all" },
				   (char[]){ "--share-net" }, BWRAP_MOUNTS };

/* All namespaces, and of the mounts /proc alone. */
static char *const unshare_words[] = {
	(char[]){ "unshare" },	    (char[]){ "--map-current-user" },
	(char[]){ "--user" },	    (char[]){ "--mount" },
	(char[]){ "--ipc" },	    (char[]){ "--uts" },
	(char[]){ "--net" },	    (char[]){ "--cgroup" },
	(char[]){ "--pid" },	    (char[]){ "--fork" },
	(char[]){ "--mount-proc" }, NULL,
};

/* The same as far as it has it, /dev but for that. */
static char *const minijail[] = {
	(char[]){ "minijail0" }, (char[]){ "-UmMvprlNet" }, (char[]){ "--uts" },
	(char[]){ "-n" },	 (char[]){ "--" },	    NULL,
};

/* As a unit that is waited for, on the caller's standard streams. */
static char *const systemd_run[] = {
	(char[]){ "systemd-run" },
	(char[]){ "--quiet" },
	(char[]){ "--wait" },
	(char[]){ "--pipe" },
	(char[]){ "--collect" },
	(char[]){ "--property=PrivateUsers=yes" },
	(char[]){ "--property=PrivateNetwork=yes" },
	(char[]){ "--property=PrivateIPC=yes" },
	(char[]){ "--property=PrivateDevices=yes" },
	(char[]){ "--property=PrivateTmp=yes" },
	(char[]){ "--property=ProtectSystem=strict" },
	(char[]){ "--" },
	NULL,
};

enum { WORDS = 32 };

static int start_by(struct started *started, const struct target *target,
		    const void *data)
{
	char *const *words = data;
	char *argv[WORDS];
	size_t count = 0;
	pid_t pid;

	for (; *words; words++)
		argv[count++] = *words;
	argv[count++] = (char *)(uintptr_t)target->program;
	for (words = target->argv + 1; *words && count < WORDS - 1; words++)
		argv[count++] = *words;
	argv[count] = NULL;
	pid = vfork();
	if (pid == 0) {
		execvpe(argv[0], argv, environ);
		_exit(127);
	}
	if (pid < 0)
		return errno;
	started->pid = pid;
	return 0;
}

#define SANDBOX(more)                                                          \
	.flags = LIBSPAWN_OWN_IDS | LIBSPAWN_NO_NEW_PRIVS |                    \
		 LIBSPAWN_BOUNDING_CAPS | (more),                              \
	.mounts = mounts, .mount_count = sizeof mounts / sizeof mounts[0]
#define OURS(title, new, more)                                                 \
	{                                                                      \
		.name = "libspawn-clone", .case_name = (title),                \
		.data = CLONE_OPTIONS(SANDBOX(more), .new_namespaces = (new)), \
		.prepare = is_wanted, .start = start_libspawn                  \
	}
#define THEIRS(title, named, words)                                            \
	{                                                                      \
		.name = (title), .case_name = (named), .data = (words),        \
		.prepare = is_there, .start = start_by                         \
	}

static const struct method sandbox_table[] = {
	OURS("sandbox", ALL_NEW, 0),
	OURS("sandbox-init", ALL_NEW, LIBSPAWN_INIT),
	OURS("sandbox-net", ALL_NEW & ~CLONE_NEWNET, 0),
	THEIRS("bwrap", "sandbox", bwrap),
	THEIRS("bwrap", "sandbox-net", bwrap_net),
	THEIRS("unshare", "sandbox", unshare_words),
	THEIRS("minijail0", "sandbox", minijail),
	THEIRS("systemd-run", "sandbox", systemd_run),
};

METHOD_GROUP(sandbox_methods, sandbox_table);
