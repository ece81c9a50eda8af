/* SPDX-License-Identifier: MIT */
/*
 * Each signal that comes is a record in a pipe, which poll() looks at together
 * with all else: nothing is done in a handler. A signal that the caller ignores
 * is ignored until the program has inherited that; one that he has blocked
 * stays blocked as long.
 */
#define _GNU_SOURCE
#include "signals.h"
#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>

/* Where a program collects core dumps, no limit holds. core(5) */
static void become_undumpable(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}
#else
static void become_undumpable(void)
{
}
#endif

static int mailbox[2] = { -1, -1 };
static void (*dispositions[NSIG])(int);
/* How often spawn has been continued: a stop ends with that. */
static volatile sig_atomic_t continuations;
static volatile sig_atomic_t has_started;

/* Those that an instruction of spawn's own raises. */
static bool is_fault(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
	       number == SIGILL || number == SIGTRAP || number == SIGSYS;
}

/* What stops spawn itself when it reads or writes in the background. */
static bool is_left_alone(int number)
{
	return number == SIGKILL || number == SIGSTOP || number == SIGTTIN ||
	       number == SIGTTOU;
}

static bool is_from_process(const siginfo_t *info)
{
	return info->si_code == SI_USER || info->si_code == SI_QUEUE ||
	       info->si_code < 0;
}

/* A full pipe loses it; there is enough to wake the loop then. */
static void note_arrival(int number, siginfo_t *info, void *context)
{
	struct arrival arrival = { .number = number };
	int saved = errno;

	(void)context;
	arrival.is_early = !has_started;
	arrival.continued = continuations;
	arrival.is_sent = is_from_process(info);
	if (arrival.is_sent)
		arrival.sender = info->si_pid;
	else if (is_fault(number))
		signal(number, SIG_DFL);
	if (number == SIGCONT)
		continuations++;
	if (write(mailbox[1], &arrival, sizeof arrival) < 0)
		errno = 0;
	errno = saved;
}

/* Without SA_RESTART: a signal must reach the loop. */
static void collect(int number)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };

	action.sa_sigaction = note_arrival;
	sigfillset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

static int make_mailbox(void)
{
	if (make_pipe(mailbox) != 0)
		return -1;
	fcntl(mailbox[0], F_SETFL, O_NONBLOCK);
	fcntl(mailbox[1], F_SETFL, O_NONBLOCK);
	return mailbox[0];
}

/* As a shell says it, for whom no signal ends by default. */
static void exit_as_first(int number)
{
	_exit(128 + number);
}

void heed_signals_as_first(void)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction now;

	if (getpid() != 1)
		return;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (sigaction(numbers[i], NULL, &now) == 0 &&
		    now.sa_handler == SIG_DFL)
			signal(numbers[i], exit_as_first);
}

int collect_signals(void)
{
	struct sigaction now;

	if (make_mailbox() < 0)
		return -1;
	for (int number = 1; number < NSIG; number++) {
		if (is_left_alone(number) || sigaction(number, NULL, &now) != 0)
			continue;
		dispositions[number] = now.sa_handler;
		/* SIGCHLD: ignored, the kernel throws exit statuses away. */
		if (now.sa_handler != SIG_IGN || number == SIGCHLD)
			collect(number);
	}
	return mailbox[0];
}

void collect_all_signals(void)
{
	sigset_t none;

	has_started = 1;
	for (int number = 1; number < NSIG; number++)
		if (dispositions[number] == SIG_IGN)
			collect(number);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Where nobody reads, or a file may not grow, write() says so as before. */
static bool is_of_writing(int number)
{
	return number == SIGPIPE || number == SIGXFSZ;
}

void leave_signals(void)
{
	if (mailbox[0] < 0)
		return;
	for (int number = 1; number < NSIG; number++)
		if (!is_left_alone(number) && !is_of_writing(number))
			signal(number, dispositions[number]);
}

/* SIGCONT undoes one that has not been carried out: so does the kernel's. */
static bool is_undone(const struct arrival *arrival)
{
	return arrival->number == SIGTSTP &&
	       arrival->continued != continuations;
}

bool next_arrival(struct arrival *arrival)
{
	ssize_t length;

	do
		length = read(mailbox[0], arrival, sizeof *arrival);
	while (length == sizeof *arrival && is_undone(arrival));
	return length == sizeof *arrival;
}

bool stop_by_signal(int number, bool whole_group)
{
	sig_atomic_t before = continuations;
	struct sigaction now;

	sigaction(number, NULL, &now);
	if (!is_left_alone(number))
		signal(number, dispositions[number]);
	kill(whole_group ? 0 : getpid(), number);
	sigaction(number, &now, NULL);
	return continuations != before;
}

/* The program has dumped core if anybody should. */
static void forbid_core(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &limit);
	}
	become_undumpable();
}

void end_by_signal(int number)
{
	sigset_t only;

	forbid_core();
	signal(number, SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, number);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	kill(getpid(), number);
}
