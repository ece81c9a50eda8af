/* SPDX-License-Identifier: MIT */
/*
 * While the program has a pty of its own, keys have to reach that one with
 * their meaning: ^C is for the pty to turn into a signal, echo is its task.
 * While it has spawn's terminal, spawn is in the background of that. Neither
 * before spawn itself is in the foreground.
 */
#define _GNU_SOURCE
#include "terminal.h"
#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios own_settings;
static struct libspawn_window own_window;
static bool are_saved;
static bool is_raw; /* that terminal; as far as we know */
static int adopted_pty = -1;
/* The group that has the terminal of --foreground from us; 0: none. */
static pid_t lent_to;

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

/* A terminal that does not control us has no background for us. */
bool is_in_background(void)
{
	pid_t group = tcgetpgrp(STDIN_FILENO);

	return group >= 0 && group != getpgrp();
}

/* ---- A pty ------------------------------------------------------------- */

void adopt_pty(int pty)
{
	adopted_pty = isatty(STDIN_FILENO) ? pty : -1;
}

bool pass_window(void)
{
	if (adopted_pty >= 0 && read_own_window())
		libspawn_resize((int32_t)adopted_pty, &own_window);
	return adopted_pty >= 0;
}

/* A signal may come while it waits for what is on its way. */
static bool set_settings(const struct termios *settings)
{
	while (!is_in_background()) {
		if (tcsetattr(STDIN_FILENO, TCSADRAIN, settings) == 0)
			return true;
		if (errno != EINTR)
			return false;
	}
	return false;
}

void enter_terminal(void)
{
	struct termios raw;

	if (adopted_pty < 0 || is_raw || is_in_background())
		return;
	if (!are_saved && tcgetattr(STDIN_FILENO, &own_settings) != 0)
		return;
	raw = own_settings;
	cfmakeraw(&raw);
	is_raw = set_settings(&raw);
	are_saved = are_saved || is_raw;
	/* It may have changed meanwhile. */
	pass_window();
}

void enter_terminal_again(void)
{
	is_raw = false;
	enter_terminal();
}

void leave_terminal(void)
{
	if (are_saved)
		set_settings(&own_settings);
	are_saved = is_raw = false;
}

char end_of_file_key(int terminal)
{
	struct termios settings;

	if (tcgetattr(terminal, &settings) != 0)
		return '\4';
	return (char)settings.c_cc[VEOF];
}

#ifdef TIOCGPTPEER
/* By the pty itself: its name may be another's in this mount namespace. */
int hold_pty(int pty)
{
	return move_above_standard(
		ioctl(pty, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
}
#else
int hold_pty(int pty)
{
	const char *name = ptsname(pty);

	return name == NULL ? -1
			    : open_above_standard(name, O_RDWR | O_NOCTTY, 0);
}
#endif

/* ---- The foreground ---------------------------------------------------- */

/* From the background, tcsetpgrp() stops the caller unless SIGTTOU is held. */
static void set_foreground(int terminal, pid_t group)
{
	sigset_t held, before;

	sigemptyset(&held);
	sigaddset(&held, SIGTTOU);
	sigprocmask(SIG_BLOCK, &held, &before);
	tcsetpgrp(terminal, group);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static pid_t foreground_of(const struct command *command)
{
	return command->lends_terminal ? tcgetpgrp(command->lent_terminal) : -1;
}

/* The program itself may have put its group there, when it was started. */
void lend_terminal(const struct command *command, pid_t group)
{
	pid_t now = foreground_of(command);

	if (now != lent_to)
		lent_to = 0;
	if (now < 0 || group < 0 || group == getpgrp())
		return;
	if (now == getpgrp())
		set_foreground(command->lent_terminal, group);
	if (now == getpgrp() || now == group)
		lent_to = group;
}

/* The program may have lent it on; but not to the shell that we are of. */
void take_terminal_back(const struct command *command)
{
	if (lent_to != 0 && foreground_of(command) >= 0)
		set_foreground(command->lent_terminal, getpgrp());
	lent_to = 0;
}

/* The program takes the terminal long before it is executed. */
void take_terminal_from_nobody(const struct command *command)
{
	pid_t now = foreground_of(command);

	if (now > 0 && command->options.flags & LIBSPAWN_FOREGROUND &&
	    kill(-now, 0) != 0 && errno == ESRCH)
		set_foreground(command->lent_terminal, getpgrp());
}

bool waits_for_terminal(const struct command *command)
{
	return command->lends_terminal && lent_to == 0;
}
