/* SPDX-License-Identifier: MIT */
/* A text for standard error that is written in one piece. */
#ifndef TOOLS_PIECE_H
#define TOOLS_PIECE_H

#include <stddef.h>
#include <stdio.h>

struct piece {
	FILE *stream; /* to print to */
	char *text;
	size_t length;
};

/* 0, or -1 without memory. */
int piece_begin(struct piece *piece);
/* Write it: 0, or the errno of what can't be written. */
int piece_end(struct piece *piece);

#endif
