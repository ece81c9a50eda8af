/* SPDX-License-Identifier: MIT */
/*
 * What PHP's proc_open() asks of libspawn. replace.py writes the call.
 */
#ifndef PROC_OPEN_LIBSPAWN_H
#define PROC_OPEN_LIBSPAWN_H

#include <sys/types.h>

/* A descriptor of the child, and both ends that PHP has for it. */
struct php_libspawn_fd {
	int index;
	int child_end;
	int parent_end; /* or -1 */
};

struct php_libspawn_request {
	const char *command;
	char **argv; /* NULL: a line for the shell */
	const char *cwd;
	char **env; /* NULL: the caller's */
	const struct php_libspawn_fd *fds;
	int fd_count;
};

/* 0, or the errno value of what failed, which PHP calls by this name. */
int php_libspawn(pid_t *child, const struct php_libspawn_request *request,
		 const char **failed);

#endif
