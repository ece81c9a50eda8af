/* SPDX-License-Identifier: MIT */
/* A file as the child would have found it. */
#ifndef LIBSPAWN_TELL_LOOK_H
#define LIBSPAWN_TELL_LOOK_H

#include <sys/stat.h>
#include <sys/types.h>

#include "tell/asked.h"

enum { HEAD_SIZE = 256 };

/* Where the child stood when it looked for a path. */
struct base {
	int fd;		 /* its directory, or its root */
	int is_root;	 /* a root other than ours */
	const char *cwd; /* in that root, or NULL */
};

struct sight {
	struct stat stat;
	int code; /* why there is none, or 0 */
	int fd;	  /* a regular file that can be read, or -1 */
	size_t length;
	char head[HEAD_SIZE + 1]; /* ends in a NUL */
};

/* 1, or 0 if it can't be told. */
int libspawn__look_from(struct base *place, const struct asked *asked,
			const char *path);
void libspawn__look_done(struct base *place);
int libspawn__look_stat(const struct base *place, const char *path,
			struct stat *stat);
void libspawn__look_open(struct sight *sight, const struct base *place,
			 const char *path);
void libspawn__look_close(struct sight *sight);
int libspawn__look_noexec(const struct sight *sight);

#endif
