/* SPDX-License-Identifier: MIT */
/* The caller's end of a pipe that a child reads its input from. */
#ifndef LIBSPAWN_INLET_H
#define LIBSPAWN_INLET_H

#include <stdint.h>

/*
 * A read or write of this many bytes has found the pipe full; and what it is
 * then made to hold. More than that is not faster, measured, and counts against
 * what all the pipes of the user may hold: pipe(7).
 */
enum { PIPE_FULL = 64 * 1024, PIPE_LARGE = 256 * 1024 };

struct inlet {
	int32_t fd; /* -1: closed */
	const char *next;
	uint64_t left;
	uint64_t written;
};

/*
 * inlet.c: writes what the pipe takes now; closes it when all is written or
 * nobody reads any more. 0 or -errno.
 */
int libspawn__inlet_feed(struct inlet *inlet);
void libspawn__inlet_close(struct inlet *inlet);
/* Makes a pipe large: fewer turns for whoever has much to say. May fail. */
void libspawn__inlet_enlarge(int32_t fd);

#endif
