/* SPDX-License-Identifier: MIT */
/* Limits that hold for many processes together. */
#ifndef LIBSPAWN_TELL_PIDS_H
#define LIBSPAWN_TELL_PIDS_H

#include <stddef.h>

/* pids.c: 1 and a remark in brackets on a cgroup that is full, or 0. */
int libspawn__pids_add(char *text, size_t size);

#endif
