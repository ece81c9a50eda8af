/* SPDX-License-Identifier: MIT */
/* fork() or vfork(), execve(), and nothing else. vfork() is the floor. */
#define _GNU_SOURCE
#include "method.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static int start_vfork(struct started *started, const struct target *target,
		       const void *data)
{
	pid_t pid = vfork();

	(void)data;
	if (pid == 0) {
		execve(target->program, target->argv, environ);
		_exit(127);
	}
	return tell_pid(started, pid);
}

/*
 * To whom it is anyway. Raw: a C library has all threads of a process change,
 * and in this child they are the caller's.
 */
static int start_with_ids(struct started *started, const struct target *target,
			  const void *data)
{
	const gid_t group = getgid();
	const uid_t user = getuid();
	pid_t pid = vfork();

	(void)data;
	if (pid == 0) {
		if (syscall(SYS_setgroups, 1, &group) == 0 &&
		    syscall(SYS_setresgid, group, group, group) == 0 &&
		    syscall(SYS_setresuid, user, user, user) == 0)
			execve(target->program, target->argv, environ);
		_exit(127);
	}
	return tell_pid(started, pid);
}

static const char *why_no_ids(const void *data)
{
	(void)data;
	return geteuid() == 0 ? NULL : "groups are set by root alone";
}

static int fork_with(struct started *started, const struct target *target,
		     void (*prepare)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		if (prepare)
			prepare();
		execve(target->program, target->argv, environ);
		_exit(127);
	}
	return tell_pid(started, pid);
}

static int start_fork(struct started *started, const struct target *target,
		      const void *data)
{
	(void)data;
	return fork_with(started, target, NULL);
}

/* The loop over all descriptors there could be: from every textbook. */
static void close_each(void)
{
	long most = sysconf(_SC_OPEN_MAX);

	for (long fd = 3; fd < most; fd++)
		close((int)fd);
}

static int start_looping(struct started *started, const struct target *target,
			 const void *data)
{
	(void)data;
	return fork_with(started, target, close_each);
}

static const struct method floor_table[] = {
	{ .name = "floor", .case_name = "plain", .start = start_vfork },
	{ .name = "floor",
	  .case_name = "ids",
	  .prepare = why_no_ids,
	  .start = start_with_ids },
};

static const struct method fork_table[] = {
	{ .name = "fork", .case_name = "plain", .start = start_fork },
	{ .name = "fork", .case_name = "close-loop", .start = start_looping },
};

METHOD_GROUP(floor_methods, floor_table);
METHOD_GROUP(fork_methods, fork_table);
