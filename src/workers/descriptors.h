/* SPDX-License-Identifier: MIT */
/* Descriptors that the library opens for itself. */
#ifndef LIBSPAWN_WORKERS_DESCRIPTORS_H
#define LIBSPAWN_WORKERS_DESCRIPTORS_H

#include <stdint.h>

/*
 * descriptors.c: the descriptor, close-on-exec and above 2, or -errno and it is
 * closed. One below 0 comes with errno.
 */
int libspawn__descriptors_tuck(int fd);
/* The same for both ends of a pair: 0, or -EMFILE and none is open. */
int libspawn__descriptors_tuck_pair(int32_t ends[2]);
/* Closes it, if it is one, and says so: -1. */
void libspawn__descriptors_close(int32_t *fd);
/* One for a process; -1 where there is no such thing, or it can't be had. */
int libspawn__descriptors_open_process(int32_t pid);

#endif
