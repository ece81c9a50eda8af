/* SPDX-License-Identifier: MIT */
/* Descriptors of spawn's own. */
#ifndef TOOLS_DESCRIPTOR_H
#define TOOLS_DESCRIPTOR_H

#include <sys/types.h>

/* The same above 2 and close-on-exec, fd closed; -1 with errno on failure. */
int move_above_standard(int fd);
/* Of two; 0, or -1 with errno and neither open. */
int move_both_above_standard(int ends[2]);
/* open(2) with both. */
int open_above_standard(const char *path, int flags, mode_t mode);

/* pipe(2) with both; 0, or -1 with errno and nothing open. */
int make_pipe(int ends[2]);

#endif
