/* SPDX-License-Identifier: MIT */
/* How the tables of libspawn's cases start: data is the options. */
#ifndef BENCH_LIBSPAWN_START_H
#define BENCH_LIBSPAWN_START_H

#include "method.h"

#include <libspawn.h>

/* Of the clone backend; the arguments are initialisers. */
#define CLONE_OPTIONS(...)                                                     \
	(&(const struct libspawn_options){                                     \
		.size = sizeof(struct libspawn_options),                       \
		.backend = LIBSPAWN_BACKEND_CLONE,                             \
		__VA_ARGS__ })

#define LIBSPAWN_METHOD(title, case_title, options)                            \
	{                                                                      \
		.name = (title), .case_name = (case_title), .data = (options), \
		.prepare = libspawn_why_not, .start = libspawn_start_with      \
	}

/* methods_libspawn.c */
const char *libspawn_why_not(const void *options);
int libspawn_start_with(struct started *started, const struct target *target,
			const void *options);

#endif
