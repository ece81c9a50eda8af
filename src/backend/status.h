/* SPDX-License-Identifier: MIT */
/* What the kernel tells of this process in a file. proc_pid_status(5) */
#ifndef LIBSPAWN_BACKEND_STATUS_H
#define LIBSPAWN_BACKEND_STATUS_H

#include <stddef.h>

/*
 * status.c: what fits of /proc/self/status, and a NUL; an empty text where
 * there is none.
 */
void libspawn__status_read(char *text, size_t size);
/* What is behind "NAME:" and a tab in its line; or NULL. */
const char *libspawn__status_find(const char *text, const char *name);

#endif
