/* SPDX-License-Identifier: MIT */
/*
 * The two ends of the scale: vfork() and execve() with no safety at all, below
 * which no synchronous start can come, and fork() and execve().
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

static int start_vfork(struct started *started, const struct target *target)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(target->program, target->argv, environ);
		_exit(127);
	}
	if (pid < 0)
		return errno;
	started->pid = pid;
	return 0;
}

/*
 * What the full house asks for, written out in the child as nobody should who
 * shares memory: no result is looked at, no handler kept away.
 */
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

static int start_by_hand(struct started *started, const struct target *target)
{
	pid_t pid = vfork();

	if (pid == 0) {
		furnish();
		execve(target->program, target->argv, environ);
		_exit(127);
	}
	if (pid < 0)
		return errno;
	started->pid = pid;
	started->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return started->pidfd < 0 ? errno : 0;
}

static int start_fork(struct started *started, const struct target *target)
{
	pid_t pid = fork();

	if (pid == 0) {
		execve(target->program, target->argv, environ);
		_exit(127);
	}
	if (pid < 0)
		return errno;
	started->pid = pid;
	return 0;
}

static const struct method methods[] = {
	{ .name = "floor", .case_name = "plain", .start = start_vfork },
	{ .name = "floor", .case_name = "full-house", .start = start_by_hand },
	{ .name = "fork",
	  .case_name = "plain",
	  .copies_memory = true,
	  .start = start_fork },
};

const struct method_group bare_methods = {
	methods,
	sizeof methods / sizeof methods[0],
};
