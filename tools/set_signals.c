/* SPDX-License-Identifier: MIT */
/* Signals, process groups and the terminal. */
#define _GNU_SOURCE
#include "names.h"
#include "setters.h"
#include "values.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Signals 1 to 64; bit n-1 stands for signal n. */
#define SIGNAL_LAST 64

static int read_signal(struct command *command, int *number, const char *word)
{
	if (read_name(&command->mistake, number, word, signal_number,
		      SIGNAL_LAST, "signal"))
		return -1;
	if (*number == 0)
		return complain(command, "'%s' is not a signal", word);
	return 0;
}

static int read_signals(struct command *command, uint64_t *set,
			const char *list)
{
	char word[WORD_MAX];
	int number, more;

	while ((more = next_word(&command->mistake, word, &list)) > 0) {
		if (read_signal(command, &number, word))
			return -1;
		*set |= UINT64_C(1) << (number - 1);
	}
	return more;
}

int set_signal_mask(struct command *command, char *value)
{
	if (strcmp(value, "none") == 0)
		command->options.signal_mask = 0;
	else if (strcmp(value, "all") == 0)
		command->options.signal_mask = UINT64_MAX;
	else
		return read_signals(command, &command->options.signal_mask,
				    value);
	return 0;
}

int set_default_signal(struct command *command, char *value)
{
	if (value != NULL)
		return read_signals(command, &command->options.signal_default,
				    value);
	command->options.flags |= LIBSPAWN_DEFAULT_SIGNALS;
	return 0;
}

int set_ignore_signal(struct command *command, char *value)
{
	return read_signals(command, &command->options.signal_ignore, value);
}

int set_pdeathsig(struct command *command, char *value)
{
	int number;

	if (read_signal(command, &number, value))
		return -1;
	command->options.parent_death_signal = number;
	return 0;
}

int set_pgroup(struct command *command, char *value)
{
	command->options.process_group = 0;
	if (value == NULL)
		return 0;
	return read_signed(&command->mistake, &command->options.process_group,
			   value, 0, INT32_MAX);
}

/* --ctty[=FD] and --foreground[=FD]: both are about one terminal. */
int set_terminal(struct command *command, char *value)
{
	struct libspawn_options *options = &command->options;
	int32_t terminal;

	if (value == NULL)
		return 0;
	if (read_open_fd(&command->mistake, &terminal, value))
		return -1;
	if ((options->flags & LIBSPAWN_TERMINAL_FD) != 0 &&
	    options->terminal_fd != terminal)
		return complain(command, "the terminal is %d already",
				(int)options->terminal_fd);
	options->flags |= LIBSPAWN_TERMINAL_FD;
	options->terminal_fd = terminal;
	return 0;
}

/* spawn itself can't leave SIGCHLD ignored, and what it does is inherited. */
void finish_signals(struct command *command)
{
	struct libspawn_options *options = &command->options;
	uint64_t bit = UINT64_C(1) << (SIGCHLD - 1);
	struct sigaction now;

	if (sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == SIG_IGN &&
	    (options->flags & LIBSPAWN_DEFAULT_SIGNALS) == 0 &&
	    (options->signal_default & bit) == 0)
		options->signal_ignore |= bit;
}

/*
 * Who is in the background takes no terminal from its user: spawn gives it to
 * the program when it has it. One that is not spawn's terminal is just taken.
 */
static void put_off_foreground(struct command *command)
{
	struct libspawn_options *options = &command->options;
	pid_t group;

	if ((options->flags & LIBSPAWN_FOREGROUND) == 0)
		return;
	group = tcgetpgrp(options->terminal_fd);
	if (group < 0)
		return;
	command->lends_terminal = true;
	command->lent_terminal = options->terminal_fd;
	if (group == getpgrp())
		return;
	options->flags &= ~LIBSPAWN_FOREGROUND;
	if (options->flags & LIBSPAWN_CONTROLLING_TERMINAL)
		return;
	options->flags &= ~LIBSPAWN_TERMINAL_FD;
	options->terminal_fd = 0;
}

void finish_terminal(struct command *command)
{
	const uint64_t uses =
		LIBSPAWN_CONTROLLING_TERMINAL | LIBSPAWN_FOREGROUND;
	const struct libspawn_fd *rows = command->fds.items;

	if ((command->options.flags & uses) == 0)
		return;
	for (size_t i = 0; i < command->fds.count; i++)
		if (rows[i].kind == LIBSPAWN_FD_PTY)
			return;
	/* Standard input, unless a number was given, which is there now. */
	command->options.flags |= LIBSPAWN_TERMINAL_FD;
	put_off_foreground(command);
}
