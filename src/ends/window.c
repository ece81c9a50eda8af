/* SPDX-License-Identifier: MIT */
/*
 * The size and the modes of terminals. A new one gets them before there is a
 * child that could see others.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "ends/pty.h"

static int set_size(int32_t terminal, const struct libspawn_window *window)
{
	const struct winsize size = {
		.ws_row = window->rows,
		.ws_col = window->columns,
		.ws_xpixel = window->width,
		.ws_ypixel = window->height,
	};

	return ioctl(terminal, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

/* By the child's side: some systems have neither on the other before. */
int libspawn__window_set(int32_t terminal,
			 const struct libspawn_options *options)
{
	if (options->terminal_modes &&
	    tcsetattr(terminal, TCSANOW, options->terminal_modes) < 0)
		return -errno;
	if (!options->terminal_window)
		return 0;
	return set_size(terminal, options->terminal_window);
}

int libspawn_resize(int32_t terminal, const struct libspawn_window *window)
{
	int error = errno;
	int code = window ? set_size(terminal, window) : -EINVAL;

	errno = error;
	return -code;
}
