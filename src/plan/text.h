/* SPDX-License-Identifier: MIT */
/* Lists of strings, copied with all that they say. */
#ifndef LIBSPAWN_PLAN_TEXT_H
#define LIBSPAWN_PLAN_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "plan/arena.h"

/* A list to be copied. */
struct text {
	char *const *strings;
	const char *kept; /* one that need not be, or NULL */
	uint32_t count;
	uint32_t others; /* that do not lie in the piece */
	/* Strings that lie in one piece: where, and how long it is. */
	const char *piece;
	size_t piece_bytes;
	size_t bytes; /* what the copy takes of an arena */
};

/* text.c */
void libspawn__text_measure(struct text *text, char *const *strings,
			    const char *kept);
char *const *libspawn__text_copy(const struct text *text, struct arena *arena);

#endif
