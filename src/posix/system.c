/* SPDX-License-Identifier: MIT */
/*
 * system(): a shell command in the foreground. Its state is the process's: who
 * ignores SIGINT and SIGQUIT meanwhile, and what they were before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libspawn.h>

#include "posix/cancel.h"
#include "posix/drop_in.h"
#include "posix/per_process.h"
#include "posix/shell.h"

/* As sh says when it can't be executed. wait(2) */
enum { NO_SHELL = 127 << 8 };

/* One call, while it runs. */
struct shell_call {
	struct shell_calls *all;
	sigset_t mask; /* the caller's */
	pid_t pid;
};

/* ---- The caller's signals ---------------------------------------------- */

static void ignore_signals(struct shell_calls *calls)
{
	struct sigaction ignore;

	memset(&ignore, 0, sizeof ignore);
	ignore.sa_handler = SIG_IGN;
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, &calls->interrupt);
	sigaction(SIGQUIT, &ignore, &calls->quit);
}

static void restore_signals(const struct shell_calls *calls)
{
	sigaction(SIGINT, &calls->interrupt, NULL);
	sigaction(SIGQUIT, &calls->quit, NULL);
}

/* SIGCHLD waits: its handler would reap what is awaited here. */
static void begin_call(struct shell_call *call)
{
	struct shell_calls *calls = &libspawn__per_process()->calls;
	sigset_t child;

	call->all = calls;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	lock_take(&calls->lock);
	if (calls->owner != getpid())
		calls->count = 0;
	calls->owner = getpid();
	if (calls->count++ == 0)
		ignore_signals(calls);
	lock_release(&calls->lock);
	pthread_sigmask(SIG_BLOCK, &child, &call->mask);
}

static void end_call(const struct shell_call *call)
{
	lock_take(&call->all->lock);
	if (--call->all->count == 0)
		restore_signals(call->all);
	lock_release(&call->all->lock);
	pthread_sigmask(SIG_SETMASK, &call->mask, NULL);
}

/* A thread that is cancelled leaves neither a shell nor a changed signal. */
static void cancel_call(void *argument)
{
	const struct shell_call *call = argument;

	kill(call->pid, SIGKILL);
	libspawn__shell_wait(call->pid);
	end_call(call);
}

/* ---- The command ------------------------------------------------------- */

/* What the caller had, but for a SIG_IGN that is only ours. */
static void fill_attributes(struct attributes *attributes,
			    const struct shell_call *call)
{
	memset(attributes, 0, sizeof *attributes);
	attributes->flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
	attributes->mask = call->mask;
	sigemptyset(&attributes->defaults);
	if (call->all->interrupt.sa_handler != SIG_IGN)
		sigaddset(&attributes->defaults, SIGINT);
	if (call->all->quit.sa_handler != SIG_IGN)
		sigaddset(&attributes->defaults, SIGQUIT);
}

/* The wait is the cancellation point that POSIX wants here. */
static int await_shell(struct shell_call *call, pid_t pid)
{
	struct cancel_handler handler;
	int status;

	call->pid = pid;
	_pthread_cleanup_push(&handler, cancel_call, call);
	status = libspawn__shell_wait(call->pid);
	_pthread_cleanup_pop(&handler, 0);
	return status;
}

/* No process: -1 and errno. No shell: as if it had exited with 127. */
static int report_refusal(const struct posix_child *child, int code)
{
	errno = code;
	return child->step == LIBSPAWN_STEP_EXEC ? NO_SHELL : -1;
}

static int run_command(const char *command)
{
	struct attributes attributes;
	struct shell_call call;
	struct posix_child child;
	int status;
	int code;

	begin_call(&call);
	fill_attributes(&attributes, &call);
	code = libspawn__shell_start(command, NULL, &attributes, &child);
	status = code ? report_refusal(&child, code)
		      : await_shell(&call, child.pid);
	end_call(&call);
	return status;
}

int libspawn_system(const char *command)
{
	return command ? run_command(command) : run_command("exit 0") == 0;
}
DROP_IN(system);
