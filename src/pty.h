/* SPDX-License-Identifier: MIT */
/* A new pseudo-terminal. */
#ifndef LIBSPAWN_PTY_H
#define LIBSPAWN_PTY_H

#include <stdint.h>

/*
 * pty.c: opens both sides, close-on-exec and above 2. 0 or
 * -errno; what a failure leaves in either place is open.
 */
int libspawn__pty_open(int32_t *child_fd, int32_t *parent_fd);

#endif
