/* SPDX-License-Identifier: MIT */
/* What is wrong with a program that could not be executed. */
#ifndef LIBSPAWN_TELL_PROGRAM_H
#define LIBSPAWN_TELL_PROGRAM_H

#include <stddef.h>

#include "tell/asked.h"

int libspawn__program_explain(const struct asked *asked, char *text,
			      size_t size);
/* A remark in brackets, or nothing. */
void libspawn__program_add(const struct asked *asked, char *text, size_t size);

#endif
