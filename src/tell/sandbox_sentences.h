/* SPDX-License-Identifier: MIT */
/* What to say of namespaces and of what is in them. */
#ifndef LIBSPAWN_TELL_SANDBOX_SENTENCES_H
#define LIBSPAWN_TELL_SANDBOX_SENTENCES_H

#include <stddef.h>

#include "tell/asked.h"

/* sandbox_sentences.c: the target of the row that failed, or NULL */
const char *libspawn__sandbox_sentences_path(const struct asked *asked);
/* The row or line that failed, in words; 0 if it was none. */
int libspawn__sandbox_sentences_describe(const struct asked *asked, char *text,
					 size_t size);
/* A remark in brackets; 0 if there is nothing to say. */
int libspawn__sandbox_sentences_add(const struct asked *asked, char *text,
				    size_t size);

#endif
