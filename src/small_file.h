/* SPDX-License-Identifier: MIT */
/* Files of a few words, as the kernel makes them. */
#ifndef LIBSPAWN_SMALL_FILE_H
#define LIBSPAWN_SMALL_FILE_H

#include <stddef.h>

/*
 * small_file.c: what fits of the file, as a string; "" if it can't be read. The
 * directory is as openat(2) takes it; text may hold the path.
 */
void libspawn__small_file_read(int directory, const char *path, char *text,
			       size_t size);

#endif
