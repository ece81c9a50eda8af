/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that the library opens for itself: close-on-exec from birth, and
 * never among the first three.
 */
#ifndef LIBSPAWN_BACKEND_DESCRIPTOR_H
#define LIBSPAWN_BACKEND_DESCRIPTOR_H

#include <stdint.h>

/* descriptor.c: 0 or -errno; reading end first */
int libspawn__descriptor_pipe(int ends[2]);
/* The same of two that are connected. */
int libspawn__descriptor_sockets(int ends[2]);
/* A close-on-exec copy not below first, or -errno. */
int libspawn__descriptor_copy(int fd, int first);
/* The same on a number that is none of these, which are in order. */
int libspawn__descriptor_copy_beside(int fd, int first, const int32_t *taken,
				     uint32_t count);
/* In place of what number is now, close-on-exec. 0 or -errno. */
int libspawn__descriptor_put(int fd, int number);
/* Moves *fd above 2; on failure it is open where it was. */
int libspawn__descriptor_move_up(int *fd);
void libspawn__descriptor_close(int fd);

#endif
