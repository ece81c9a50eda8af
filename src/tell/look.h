/* SPDX-License-Identifier: MIT */
/* A file as the child would have found it. */
#ifndef LIBSPAWN_TELL_LOOK_H
#define LIBSPAWN_TELL_LOOK_H

#include <sys/stat.h>
#include <sys/types.h>

#include "tell/asked.h"

enum { HEAD_SIZE = 256 };

struct sight {
	struct stat stat;
	int code; /* why there is none, or 0 */
	int fd;	  /* a regular file that can be read, or -1 */
	size_t length;
	char head[HEAD_SIZE + 1]; /* ends in a NUL */
};

int libspawn__look_base(const struct asked *asked, const char *path);
void libspawn__look_done(int base);
void libspawn__look_open(struct sight *sight, int base, const char *path);
void libspawn__look_close(struct sight *sight);
int libspawn__look_noexec(const struct sight *sight);

#endif
