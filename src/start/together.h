/* SPDX-License-Identifier: MIT */
/* Starts that one call begins, and finishes when all of them are begun. */
#ifndef LIBSPAWN_START_TOGETHER_H
#define LIBSPAWN_START_TOGETHER_H

#include <libspawn.h>

/* together.c: whether a debugger looks at this process. Hazard 23. */
int libspawn__together_is_traced(void);
/*
 * As libspawn_begin(), but that the caller's thread stays in the
 * call until libspawn_finish() or libspawn_cancel(). ENOTSUP also where
 * libspawn_start() would do it otherwise, by waiting.
 */
int libspawn__together_begin(struct libspawn_pending **pending,
			     const char *program, char *const argv[],
			     const struct libspawn_options *options,
			     struct libspawn_error *error);

#endif
