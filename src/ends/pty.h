/* SPDX-License-Identifier: MIT */
/* A new pseudo-terminal. */
#ifndef LIBSPAWN_ENDS_PTY_H
#define LIBSPAWN_ENDS_PTY_H

#include <stdint.h>

#include <libspawn.h>

/*
 * pty.c: opens both sides, close-on-exec and above 2. 0 or
 * -errno; what a failure leaves in either place is open.
 */
int libspawn__pty_open(int32_t *child_fd, int32_t *parent_fd);

/* window.c: gives it the modes and the size of the options. 0 or -errno. */
int libspawn__window_set(int32_t terminal,
			 const struct libspawn_options *options);

#endif
