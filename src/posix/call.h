/* SPDX-License-Identifier: MIT */
/* One start for the family: a call in, a process out. */
#ifndef LIBSPAWN_POSIX_CALL_H
#define LIBSPAWN_POSIX_CALL_H

#include "posix/compile.h"

struct posix_child {
	pid_t pid;
	int pidfd;    /* -1 unless the call wants one */
	int32_t step; /* of a failure: enum libspawn_step */
};

/*
 * call.c: 0 or an errno value. A failed start leaves no process; errno stays
 * as it was.
 */
int libspawn__call_start(const struct posix_call *call,
			 struct posix_child *child);
/* The list to search for a program without a '/', or NULL. */
const char *libspawn__call_search_list(const char *program);

#endif
