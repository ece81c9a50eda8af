/* SPDX-License-Identifier: MIT */
/*
 * The memory of a start: one allocation for the child's stack, the launch and
 * the plan. A mapping of its own would cost more than the rest of the start.
 */
#define _GNU_SOURCE
#include "plan/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "child/every_start.h"

/* Enough several times over: the child's deepest path takes about 5 KiB. */
enum { STACK_SIZE = 32 * 1024 };
/* Of nearly all blocks: one of them waits for the next start. */
enum { USUAL_SIZE = 48 * 1024 };

/*
 * What malloc() and free() run is cold at each start; so are the pages that it
 * would find. A process that is forked meanwhile loses what is in use: one
 * block, once.
 */
static void *idle;

EVERY_START static char *reuse_memory(struct block *block, size_t size)
{
	block->size = size < USUAL_SIZE ? USUAL_SIZE : size;
	block->memory = NULL;
	if (block->size == USUAL_SIZE &&
	    __atomic_load_n(&idle, __ATOMIC_RELAXED))
		block->memory =
			__atomic_exchange_n(&idle, NULL, __ATOMIC_ACQUIRE);
	if (!block->memory)
		block->memory = malloc(block->size);
	return block->memory;
}

/* The stack comes first, so that its end and what follows share a page. */
EVERY_START int libspawn__block_take(struct block *block, uint32_t argc,
				     size_t bytes)
{
	size_t shell_bytes = arena_round((argc + 3) * sizeof(char *));
	struct launch *launch;
	char *stack;

	block->more = NULL;
	if (!reuse_memory(block, ARENA_ALIGNMENT + STACK_SIZE +
					 arena_round(sizeof *launch) +
					 shell_bytes + bytes))
		return -ENOMEM;
	/* malloc() need not align as a stack must be. */
	block->arena.next =
		(char *)arena_round((size_t)(uintptr_t)block->memory);
	stack = arena_take(&block->arena, STACK_SIZE);
	launch = arena_take(&block->arena, sizeof *launch);
	memset(launch, 0, sizeof *launch);
	launch->stack = stack;
	launch->stack_size = STACK_SIZE;
	launch->shell_argv = arena_take(&block->arena, shell_bytes);
	block->launch = launch;
	return 0;
}

EVERY_START int libspawn__block_more(struct block *block, size_t bytes,
				     struct arena *arena)
{
	size_t used = (size_t)(block->arena.next - block->memory);

	if (used <= block->size && arena_round(bytes) <= block->size - used) {
		arena->next = arena_take(&block->arena, bytes);
		return 0;
	}
	block->more = malloc(ARENA_ALIGNMENT + bytes);
	if (!block->more)
		return -ENOMEM;
	arena->next = (char *)arena_round((size_t)(uintptr_t)block->more);
	return 0;
}

/* One that waits is enough: what more there is goes back. */
EVERY_START void libspawn__block_free(struct block *block)
{
	void *none = NULL;

	if (block->more)
		free(block->more);
	if (block->size == USUAL_SIZE &&
	    __atomic_compare_exchange_n(&idle, &none, block->memory, 0,
					__ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return;
	free(block->memory);
}
