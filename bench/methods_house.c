/* SPDX-License-Identifier: MIT */
/*
 * What others do by options, written out in the child of a bare vfork(), as
 * nobody should: no result is looked at, no handler kept away.
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

static void close_others(void)
{
	syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
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
	close_others();
	for (int fd = 0; fd < 3; fd++)
		dup2(fd, fd + 3);
	if (chdir("/") < 0)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int start_with(struct started *started, const struct target *target,
		      void (*prepare)(void))
{
	pid_t pid = vfork();

	if (pid == 0) {
		prepare();
		exec_target(target);
	}
	return tell_pid(started, pid);
}

static int start_house(struct started *started, const struct target *target,
		       const void *data)
{
	int code = start_with(started, target, furnish);

	(void)data;
	if (code)
		return code;
	started->pidfd = (int)syscall(SYS_pidfd_open, started->pid, 0);
	return started->pidfd < 0 ? errno : 0;
}

static int start_closing(struct started *started, const struct target *target,
			 const void *data)
{
	(void)data;
	return start_with(started, target, close_others);
}

/* The caller's, for the child: each thread makes one start at a time. */
static _Thread_local sigset_t mask;

static void restore_mask(void)
{
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

/* The least that keeps the caller's handlers out of the child. */
static int start_quietly(struct started *started, const struct target *target,
			 const void *data)
{
	sigset_t all;
	int code;

	(void)data;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	code = start_with(started, target, restore_mask);
	restore_mask();
	return code;
}

static const struct method house_table[] = {
	{ .name = "floor", .case_name = "full-house", .start = start_house },
	{ .name = "floor",
	  .case_name = "close-others",
	  .start = start_closing },
	{ .name = "floor",
	  .case_name = "signals-blocked",
	  .start = start_quietly },
};

METHOD_GROUP(house_methods, house_table);
