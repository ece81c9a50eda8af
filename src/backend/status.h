/* SPDX-License-Identifier: MIT */
/* What the kernel tells of a process in a file. proc_pid_status(5) */
#ifndef LIBSPAWN_BACKEND_STATUS_H
#define LIBSPAWN_BACKEND_STATUS_H

#include <stddef.h>

#define OWN_STATUS "/proc/self/status"

/*
 * status.c: what fits of the file, and a NUL; an empty text where there is
 * none. text may hold its path.
 */
void libspawn__status_read(const char *path, char *text, size_t size);
/* What is behind "NAME:" and a tab in its line; or NULL. */
const char *libspawn__status_find(const char *text, const char *name);

#endif
