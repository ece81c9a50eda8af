/* SPDX-License-Identifier: MIT */
/*
 * What others do by options, written out in the child of a bare vfork() or
 * fork(), as nobody should who shares memory: no result is looked at, no
 * handler kept away.
 */
#define _GNU_SOURCE
#include "method.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static _Noreturn void exec_target(const struct target *target)
{
	execve(target->program, target->argv, environ);
	_exit(127);
}

static void furnish(void)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };
	const struct rlimit limit = { 0, 0 };
	sigset_t none;

	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL);
	setsid();
	setrlimit(RLIMIT_CORE, &limit);
	umask(022);
	syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		dup2(fd, fd + 3);
	if (chdir("/") < 0)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int start_house(struct started *started, const struct target *target,
		       const void *data)
{
	pid_t pid = vfork();

	(void)data;
	if (pid == 0) {
		furnish();
		exec_target(target);
	}
	if (pid < 0)
		return errno;
	started->pid = pid;
	started->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return started->pidfd < 0 ? errno : 0;
}

static int start_closing(struct started *started, const struct target *target,
			 const void *data)
{
	pid_t pid = vfork();

	(void)data;
	if (pid == 0) {
		syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
		exec_target(target);
	}
	if (pid < 0)
		return errno;
	started->pid = pid;
	return 0;
}

/* The loop over all descriptors there could be: from every textbook. */
static int start_looping(struct started *started, const struct target *target,
			 const void *data)
{
	long most = sysconf(_SC_OPEN_MAX);
	pid_t pid = fork();

	(void)data;
	if (pid == 0) {
		for (long fd = 3; fd < most; fd++)
			close((int)fd);
		exec_target(target);
	}
	if (pid < 0)
		return errno;
	started->pid = pid;
	return 0;
}

static const struct method house_table[] = {
	{ .name = "floor", .case_name = "full-house", .start = start_house },
	{ .name = "floor",
	  .case_name = "close-others",
	  .start = start_closing },
	{ .name = "fork", .case_name = "close-loop", .start = start_looping },
};

METHOD_GROUP(house_methods, house_table);
