/* SPDX-License-Identifier: MIT */
/* What a start has opened, and who is to have which side. */
#ifndef LIBSPAWN_ENDS_MADE_H
#define LIBSPAWN_ENDS_MADE_H

#include <stdint.h>

/* Of cwd_fd, landlock_fd and program_fd. */
enum { COPIES = 3 };

struct ends {
	int32_t *child_fds; /* by row, -1 where the row has none */
	int32_t *parent_fds;
	int32_t copies[COPIES];
	uint32_t count; /* of rows */
};

#endif
