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
static struct libspawn_window own_window;
static bool are_saved;
static volatile sig_atomic_t watched_pty = -1;

static bool read_own_window(void)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0)
		return false;
	own_window.rows = size.ws_row;
	own_window.columns = size.ws_col;
	own_window.width = size.ws_xpixel;
	own_window.height = size.ws_ypixel;
	return true;
}

static bool has_pty(const struct command *command)
{
	const struct libspawn_fd *rows = command->fds.items;

	for (size_t i = 0; i < command->fds.count; i++)
		if (rows[i].kind == LIBSPAWN_FD_PTY)
			return true;
	return false;
}

void finish_window(struct command *command)
{
	if (!has_pty(command))
		return;
	if (read_own_window())
		command->options.terminal_window = &own_window;
	if (tcgetattr(STDIN_FILENO, &own_settings) == 0)
		command->options.terminal_modes = &own_settings;
}

/* The user has resized the window around us. */
static void pass_window(int number)
{
	(void)number;
	if (watched_pty >= 0 && read_own_window())
		libspawn_resize((int32_t)watched_pty, &own_window);
}

void enter_terminal(int pty)
{
	struct sigaction action = { .sa_flags = SA_RESTART };
	struct termios raw;

	if (are_saved || tcgetattr(STDIN_FILENO, &own_settings) != 0)
		return;
	are_saved = true;
	raw = own_settings;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	action.sa_handler = pass_window;
	sigemptyset(&action.sa_mask);
	watched_pty = pty;
	sigaction(SIGWINCH, &action, NULL);
	/* It may have changed since the start. */
	pass_window(SIGWINCH);
}

void leave_terminal(void)
{
	watched_pty = -1;
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
