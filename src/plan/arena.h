/* SPDX-License-Identifier: MIT */
/*
 * One block of memory for one start, handed out piece by piece and never taken
 * back: who fills it has measured before how much it needs.
 */
#ifndef LIBSPAWN_PLAN_ARENA_H
#define LIBSPAWN_PLAN_ARENA_H

#include <stddef.h>

/* Of every piece, counted from the start of the block. */
enum { ARENA_ALIGNMENT = 16 };

struct arena {
	char *next;
};

/* What a piece of that size takes of the block. */
static inline size_t arena_round(size_t size)
{
	return (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
}

/* The next piece, not cleared; it lives and dies with the block. */
static inline void *arena_take(struct arena *arena, size_t size)
{
	void *piece = arena->next;

	arena->next += arena_round(size);
	return piece;
}

#endif
