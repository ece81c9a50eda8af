/* SPDX-License-Identifier: MIT */
/* Who has a file open for writing. */
#ifndef LIBSPAWN_TELL_HOLDER_H
#define LIBSPAWN_TELL_HOLDER_H

#include <stddef.h>
#include <sys/stat.h>

/* holder.c: 1 and a remark in brackets, or 0 if it is not to be seen. */
int libspawn__holder_add(const struct stat *file, char *text, size_t size);

#endif
