/* SPDX-License-Identifier: MIT */
/*
 * The C library's names. They exist only where the library is built to take
 * its place; a program that vendors the source keeps its own.
 */
#ifndef LIBSPAWN_POSIX_DROP_IN_H
#define LIBSPAWN_POSIX_DROP_IN_H

#include <libspawn_posix.h>

#ifdef LIBSPAWN_POSIX_DROP_IN
#define DROP_IN(name)                                                          \
	extern __typeof__(libspawn_##name) name __attribute__((                \
		alias("libspawn_" #name), visibility("default")))
#else
#define DROP_IN(name) struct drop_in_none
#endif

#endif
