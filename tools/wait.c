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
#include <sys/time.h>
#include <unistd.h>

/* The programs while they are there, and what came before they were. */
static struct libspawn_process *guarded;
static volatile sig_atomic_t guarded_count;
static volatile sig_atomic_t early_signal;
/* What --timeout has come to. */
static volatile sig_atomic_t timed_out;
static int64_t kill_after_us;

/* libspawn_signal() is made for handlers, and for a pid that is gone. */
static void send_all(int signal, bool may_be_ours)
{
	for (int i = 0; i < (int)guarded_count; i++) {
		pid_t group = getpgid(guarded[i].pid);

		if (may_be_ours || group != getpgrp())
			libspawn_signal(&guarded[i], signal, 0);
	}
}

/*
 * A terminal's ^C reaches the program's group by itself, when it is ours; pass
 * on what a process sent, and what the terminal sent to our group only.
 */
static void forward(int signal, siginfo_t *info, void *context)
{
	bool sent = info->si_code == SI_USER || info->si_code == SI_QUEUE;
	int saved = errno;

	(void)context;
	if (guarded_count == 0)
		early_signal = signal;
	else
		send_all(signal, sent);
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

void guard_processes(struct libspawn_process *processes, size_t count)
{
	guarded = processes;
	guarded_count = (sig_atomic_t)count;
	if (early_signal != 0)
		send_all((int)early_signal, true);
}

/* ---- Time -------------------------------------------------------------- */

static void set_timer(int64_t microseconds)
{
	struct itimerval time = { 0 };

	time.it_value.tv_sec = (time_t)(microseconds / 1000000);
	time.it_value.tv_usec = (suseconds_t)(microseconds % 1000000);
	setitimer(ITIMER_REAL, &time, NULL);
}

/* A program that leads a group is stopped with it, as timeout(1) does. */
static void stop_all(int signal)
{
	for (int i = 0; i < (int)guarded_count; i++) {
		int32_t pid = guarded[i].pid;
		uint32_t flags =
			getpgid(pid) == pid ? LIBSPAWN_SIGNAL_GROUP : 0;

		libspawn_signal(&guarded[i], signal, flags);
		if (signal != SIGKILL)
			libspawn_signal(&guarded[i], SIGCONT, flags);
	}
}

static void end_time(int number)
{
	int saved = errno;

	(void)number;
	stop_all(timed_out ? SIGKILL : SIGTERM);
	if (!timed_out && kill_after_us != 0)
		set_timer(kill_after_us);
	timed_out = 1;
	errno = saved;
}

/* Now that the program has its own disposition, as exec gave it. */
void begin_time(const struct command *command)
{
	struct sigaction action = { .sa_flags = SA_RESTART };

	if (command->timeout_us == 0)
		return;
	kill_after_us = command->kill_after_us;
	action.sa_handler = end_time;
	sigfillset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	set_timer(command->timeout_us);
}

bool has_timed_out(void)
{
	return timed_out != 0;
}

/* ---- The end ----------------------------------------------------------- */

int wait_processes(struct libspawn_status *status)
{
	int error = 0;

	for (int i = 0; i < (int)guarded_count; i++)
		error = libspawn_wait(&guarded[i], LIBSPAWN_FOREVER, status);
	set_timer(0);
	guarded_count = 0;
	return error;
}
