/* SPDX-License-Identifier: MIT */
/* Files of a few words, as the kernel makes them. */
#ifndef LIBSPAWN_TELL_SMALL_FILE_H
#define LIBSPAWN_TELL_SMALL_FILE_H

#include <stddef.h>

/*
 * small_file.c: the begin of a file as a string; "" if it can't be read. The
 * directory as openat(2) takes it.
 */
void libspawn__small_file_read(int directory, const char *path, char *text,
			       size_t size);

#endif
