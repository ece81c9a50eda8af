/* SPDX-License-Identifier: MIT */
/* What a start has opened, and who is to have which side. */
#ifndef LIBSPAWN_ENDS_MADE_H
#define LIBSPAWN_ENDS_MADE_H

#include <stdint.h>

/*
 * Copies of cwd_fd, landlock_fd and program_fd, and the program of the first
 * process; then copies of namespaces.
 */
enum { FIELD_COPIES = 4, INIT_COPY = 3 };

struct ends {
	int32_t *child_fds; /* by row, -1 where the row has none */
	int32_t *parent_fds;
	int32_t *copies;     /* -1 where none is needed */
	int32_t *namespaces; /* what replaces the options' list */
	uint32_t count;	     /* of rows */
	uint32_t copy_count;
};

#endif
