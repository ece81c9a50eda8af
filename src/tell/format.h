/* SPDX-License-Identifier: MIT */
/* What a file is that shall be executed, by its first bytes. */
#ifndef LIBSPAWN_TELL_FORMAT_H
#define LIBSPAWN_TELL_FORMAT_H

#include <stddef.h>

#include "tell/look.h"

const char *libspawn__format_runner(const struct sight *sight, char *path,
				    size_t size);
int libspawn__format_explain(const char *who, const struct sight *sight,
			     char *text, size_t size);

#endif
