/* SPDX-License-Identifier: MIT */
/* The caller's end of a pipe that a child writes to, and what is kept of it. */
#ifndef LIBSPAWN_OUTLET_H
#define LIBSPAWN_OUTLET_H

#include <libspawn.h>

#include "process/buffer.h"

/* What is read at once when it is not kept. */
enum { SCRATCH_SIZE = 64 * 1024 };

struct outlet {
	int32_t fd; /* -1: closed */
	uint32_t is_large;
	const struct libspawn_output *output;
	char *scratch; /* SCRATCH_SIZE bytes */
	struct buffer buffer;
	uint64_t kept;
	uint64_t total;
};

/*
 * outlet.c: reads once what is there; closes it at the end. The number of bytes
 * read, 0 too if there was nothing or the end; or -errno, also the callback's.
 */
int64_t libspawn__outlet_drain(struct outlet *outlet);
void libspawn__outlet_close(struct outlet *outlet);
/* Whether the limit has cut something off. */
int libspawn__outlet_is_cut(const struct outlet *outlet);
/* Hands over what was kept, with its memory. */
void libspawn__outlet_deliver(struct outlet *outlet,
			      struct libspawn_captured *captured);

#endif
