/* SPDX-License-Identifier: MIT */
/*
 * Signals while the program runs. system(3) ignores them, but libspawn hands
 * ignored signals on to the program, as exec does; handlers it does not. So
 * handlers take the place of ignoring, and they do more: a signal sent to
 * `spawn` alone is meant for the program.
 */
#define _GNU_SOURCE
#include "wait.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The program while it is there, and what came before it was. */
static volatile sig_atomic_t guarded_pid;
static volatile sig_atomic_t early_signal;

/*
 * A terminal's ^C reaches the program's group by itself, when it is ours; pass
 * on what a process sent, and what the terminal sent to our group only.
 */
static void forward(int signal, siginfo_t *info, void *context)
{
	pid_t pid = (pid_t)guarded_pid;
	bool sent = info->si_code == SI_USER || info->si_code == SI_QUEUE;
	int saved = errno;

	(void)context;
	if (pid == 0)
		early_signal = signal;
	else if (sent || getpgid(pid) != getpgrp())
		kill(pid, signal);
	errno = saved;
}

/* With SIGCHLD ignored, the kernel throws exit statuses away: wait(2). */
static void keep_exit_status(struct command *command)
{
	uint64_t bit = UINT64_C(1) << (SIGCHLD - 1);
	struct sigaction now;

	if (sigaction(SIGCHLD, NULL, &now) != 0 || now.sa_handler != SIG_IGN)
		return;
	signal(SIGCHLD, SIG_DFL);
	if ((command->options.flags & LIBSPAWN_DEFAULT_SIGNALS) == 0 &&
	    (command->options.signal_default & bit) == 0)
		command->options.signal_ignore |= bit;
}

void prepare_wait(struct command *command)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction now;

	keep_exit_status(command);
	action.sa_sigaction = forward;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (sigaction(numbers[i], NULL, &now) == 0 &&
		    now.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
}

void guard_child(pid_t pid)
{
	guarded_pid = pid;
	if (early_signal != 0)
		kill(pid, (int)early_signal);
}

/* Look without reaping, then stop forwarding: the pid may be reused after. */
static int await_end(pid_t pid)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

int wait_child(int *status, struct rusage *usage, pid_t pid)
{
	int error = await_end(pid);

	guarded_pid = 0;
	if (error != 0)
		return error;
	while (wait4(pid, status, 0, usage) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}
