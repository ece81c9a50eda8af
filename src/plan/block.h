/* SPDX-License-Identifier: MIT */
/* The memory of a start, in one block. */
#ifndef LIBSPAWN_PLAN_BLOCK_H
#define LIBSPAWN_PLAN_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "child/launch.h"
#include "plan/arena.h"

struct block {
	struct launch *launch; /* with the child's stack, else zeroed */
	struct arena arena;    /* for the plan */
	char *memory;
	size_t size;
	void *more; /* what was asked for when the size was given */
};

/*
 * block.c: 0 or -ENOMEM. The arena has that many bytes; argc arguments may go
 * to /bin/sh.
 */
int libspawn__block_take(struct block *block, uint32_t argc, size_t bytes);
/*
 * So many bytes more for what is known late: of this block where there is room,
 * or of another. Once; 0 or -ENOMEM.
 */
int libspawn__block_more(struct block *block, size_t bytes,
			 struct arena *arena);
/* A block of zeroes is free already. */
void libspawn__block_free(struct block *block);

#endif
