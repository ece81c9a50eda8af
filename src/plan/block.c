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

/* The stack comes first, so that its end and what follows share a page. */
EVERY_START int libspawn__block_take(struct block *block, uint32_t argc,
				     size_t bytes)
{
	size_t shell_bytes = arena_round((argc + 3) * sizeof(char *));
	struct launch *launch;
	char *stack;

	block->memory =
		malloc(ARENA_ALIGNMENT + STACK_SIZE +
		       arena_round(sizeof *launch) + shell_bytes + bytes);
	if (!block->memory)
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

EVERY_START void libspawn__block_free(struct block *block)
{
	free(block->memory);
}
