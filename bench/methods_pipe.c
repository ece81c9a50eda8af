/* SPDX-License-Identifier: MIT */
/*
 * What the launchers of language runtimes do: block the signals, make a
 * close-on-exec pipe, vfork(), and wait for the pipe to deliver an errno or to
 * close, which the kernel does long after it has let the caller go on.
 */
#define _GNU_SOURCE
#include "method.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* In the child of vfork(): execute the target or report and exit. */
static _Noreturn void child_exec(const struct target *target, int report_fd,
				 const sigset_t *mask)
{
	int code;

	sigprocmask(SIG_SETMASK, mask, NULL);
	execve(target->program, target->argv, environ);
	code = errno;
	if (write(report_fd, &code, sizeof code) != (ssize_t)sizeof code)
		_exit(126);
	_exit(127);
}

/* Wait for the report: 0 when the pipe closes without one. */
static int await_report(int report_fd)
{
	ssize_t got;
	int code = 0;

	do
		got = read(report_fd, &code, sizeof code);
	while (got < 0 && errno == EINTR);
	return got == 0 ? 0 : code;
}

static pid_t create_child(const struct target *target, int report_fd)
{
	sigset_t every_signal;
	sigset_t mask;
	pid_t pid;

	sigfillset(&every_signal);
	pthread_sigmask(SIG_BLOCK, &every_signal, &mask);
	pid = vfork();
	if (pid == 0)
		child_exec(target, report_fd, &mask);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return pid;
}

static int start_pipe_wait(struct started *started, const struct target *target,
			   const void *data)
{
	int report[2];
	int code;
	pid_t pid;

	(void)data;
	if (pipe2(report, O_CLOEXEC))
		return errno;
	pid = create_child(target, report[1]);
	code = pid < 0 ? errno : 0;
	close(report[1]);
	if (pid > 0) {
		code = await_report(report[0]);
		started->pid = pid;
		if (code)
			waitpid(pid, NULL, 0);
	}
	close(report[0]);
	return code;
}

static const struct method pipe_table[] = {
	{ .name = "pipe-wait", .case_name = "plain", .start = start_pipe_wait },
};

METHOD_GROUP(pipe_methods, pipe_table);
