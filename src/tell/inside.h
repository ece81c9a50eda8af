/* SPDX-License-Identifier: MIT */
/* Files as they are seen from another root. */
#ifndef LIBSPAWN_TELL_INSIDE_H
#define LIBSPAWN_TELL_INSIDE_H

/*
 * inside.c: open(2) as a process with that root and working directory would;
 * cwd is NULL for the root. -1 with errno ENOSYS where the system can't.
 */
int libspawn__inside_open(int root, const char *cwd, const char *path,
			  int flags);

#endif
