/* SPDX-License-Identifier: MIT */
/*
 * A sandbox, from the call to the end of the program: new namespaces of all
 * kinds, the system read-only, a /proc, a /dev and a /tmp of its own; by
 * libspawn in one start, by hand, by bwrap(1), by systemd-run where systemd
 * runs, and, with less of it, by unshare(1); by minijail0, whose words were
 * tried on no machine yet. Only where BENCH_SANDBOX says so: each costs ten
 * plain starts and more.
 */
#define _GNU_SOURCE
#include "libspawn_start.h"
#include "method.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* ---- By hand ------------------------------------------------------------- */

static void write_map(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (write(fd, line, strlen(line)) < 0)
		_exit(127);
	close(fd);
}

static void make_devices(void)
{
	static const char *const devices[] = { "null",	 "zero",    "full",
					       "random", "urandom", "tty" };
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
		{ "/proc/kcore", "/dev/core" },
		{ "pts/ptmx", "/dev/ptmx" },
	};
	char path[32];

	mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
	for (size_t n = 0; n < sizeof devices / sizeof devices[0]; n++) {
		stpcpy(stpcpy(path, "/dev/"), devices[n]);
		mknod(path, S_IFREG | 0644, 0);
		mount(devices[n], path, NULL, MS_BIND, NULL);
	}
	for (size_t n = 0; n < sizeof links / sizeof links[0]; n++)
		if (symlink(links[n][0], links[n][1]) < 0)
			_exit(127);
	mkdir("/dev/shm", 01777);
	mkdir("/dev/pts", 0755);
	mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
	      "newinstance,ptmxmode=0666,mode=620");
}

/* What needs no call of its own and no result is left out. */
static int run_by_hand(void *data)
{
	const struct target *target = data;
	struct mount_attr sealed = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID,
	};

	write_map("/proc/self/setgroups", "deny");
	write_map("/proc/self/uid_map", "0 0 1\n");
	write_map("/proc/self/gid_map", "0 0 1\n");
	syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &sealed,
		sizeof sealed);
	mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (chdir("/dev") < 0)
		_exit(127);
	make_devices();
	mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, NULL);
	if (chdir("/") < 0)
		_exit(127);
	for (int cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	execve(target->program, target->argv, environ);
	_exit(127);
}

static const char *is_root(const void *data)
{
	return geteuid() ? "the maps by hand are root's" : is_wanted(data);
}

/* The child's calls alone, whose results nobody looks at. */
static int start_by_hand(struct started *started, const struct target *target,
			 const void *data)
{
	static _Thread_local char stack[16384] __attribute__((aligned(16)));
	const int *flags = data;

	started->pid = clone(run_by_hand, stack + sizeof stack,
			     CLONE_VM | CLONE_VFORK | SIGCHLD | *flags,
			     (void *)(uintptr_t)target);
	return started->pid < 0 ? errno : 0;
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
	return tell_pid(started, pid);
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

#define BY_HAND(title, new)                                                    \
	{                                                                      \
		.name = "by-hand", .case_name = (title),                       \
		.data = &(const int){ new }, .prepare = is_root,               \
		.start = start_by_hand                                         \
	}

static const struct method sandbox_table[] = {
	OURS("sandbox", ALL_NEW, 0),
	OURS("sandbox-init", ALL_NEW, LIBSPAWN_INIT),
	OURS("sandbox-net", ALL_NEW & ~CLONE_NEWNET, 0),
	BY_HAND("sandbox", ALL_NEW),
	BY_HAND("sandbox-net", ALL_NEW & ~CLONE_NEWNET),
	THEIRS("bwrap", "sandbox", bwrap),
	THEIRS("bwrap", "sandbox-net", bwrap_net),
	THEIRS("unshare", "sandbox", unshare_words),
	THEIRS("minijail0", "sandbox", minijail),
	THEIRS("systemd-run", "sandbox", systemd_run),
};

METHOD_GROUP(sandbox_methods, sandbox_table);
