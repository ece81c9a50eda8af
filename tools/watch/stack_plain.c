/* SPDX-License-Identifier: MIT */
/*
 * Stacks without libdw: frame by frame along the chain of frame pointers, as
 * far as the compiler has left one, and module and offset in place of names.
 */
#define _GNU_SOURCE
#include "stack.h"
#include "registers.h"
#include "words.h"

/* Nothing is kept: maps are read each time. */
void image_close(struct image *image)
{
	(void)image;
}

static bool name_frame(struct frame *frame, pid_t pid, uint64_t address)
{
	struct mapping mapping;

	*frame = (struct frame){ .address = address };
	if (!proc_mapping(&mapping, pid, address))
		return false;
	frame->module = keep_word(mapping.name);
	frame->offset = address - mapping.start + mapping.offset;
	return mapping.name[0] == '/';
}

bool image_name(struct frame *frame, struct image **image, pid_t pid,
		uint64_t address)
{
	(void)image;
	return name_frame(frame, pid, address);
}

/* A frame pointer points at the caller's, with the return address behind. */
static void walk(struct stack *stack, pid_t pid, uint64_t base)
{
	uint64_t pair[2];

	while (stack->count < FRAMES_MAX && base % sizeof *pair == 0 &&
	       proc_memory(pair, sizeof pair, pid, base)) {
		if (!name_frame(&stack->frames[stack->count], pid, pair[1] - 1))
			break;
		stack->count++;
		if (pair[0] <= base)
			break;
		base = pair[0];
	}
}

void stack_read(struct stack *stack, struct image **image, pid_t pid, pid_t tid,
		const struct call *blocked)
{
	struct registers registers;

	(void)image;
	stack->count = 0;
	if (blocked != NULL) {
		name_frame(&stack->frames[0], pid, blocked->address);
		stack->count = 1;
		return;
	}
	if (!registers_read(&registers, tid))
		return;
	name_frame(&stack->frames[0], pid, registers.address);
	stack->count = 1;
	walk(stack, pid, registers.values[registers.frame]);
}

const char *stack_limits(void)
{
	return "Built without libdw (elfutils): places are addresses, and some "
	       "callers may be missing. addr2line -fe FILE +OFFSET names them.";
}
