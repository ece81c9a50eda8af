/* SPDX-License-Identifier: MIT */
/*
 * While the program has a pty of its own, keys have to reach that one with
 * their meaning: ^C is for the pty to turn into a signal, echo is its task.
 */
#define _GNU_SOURCE
#include "terminal.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios own_settings;
static bool are_saved;

void enter_terminal(int pty)
{
	struct termios raw;
	struct winsize size;

	if (are_saved || tcgetattr(STDIN_FILENO, &own_settings) != 0)
		return;
	are_saved = true;
	raw = own_settings;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(pty, TIOCSWINSZ, &size);
}

void leave_terminal(void)
{
	if (are_saved)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &own_settings);
	are_saved = false;
}

char end_of_file_key(int terminal)
{
	struct termios settings;

	if (tcgetattr(terminal, &settings) != 0)
		return '\4';
	return (char)settings.c_cc[VEOF];
}

pid_t foreground_group(const struct command *command)
{
	uint64_t needed = LIBSPAWN_FOREGROUND | LIBSPAWN_TERMINAL_FD;

	if ((command->options.flags & needed) != needed)
		return -1;
	return tcgetpgrp(command->options.terminal_fd);
}

/* From the background, tcsetpgrp() stops the caller unless SIGTTOU is held. */
void restore_foreground(const struct command *command, pid_t group)
{
	sigset_t held, before;

	if (group < 0)
		return;
	sigemptyset(&held);
	sigaddset(&held, SIGTTOU);
	sigprocmask(SIG_BLOCK, &held, &before);
	tcsetpgrp(command->options.terminal_fd, group);
	sigprocmask(SIG_SETMASK, &before, NULL);
}
