/* SPDX-License-Identifier: MIT */
/*
 * Stacks without libdw: what looks like the callers, and module and offset in
 * place of names.
 */
#define _GNU_SOURCE
#include "stack.h"
#include "scan.h"
#include "words.h"

enum { CALLERS = 8, TRIES = 32 };

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
	return mapping.name[0] == '/' && mapping.is_executable;
}

bool image_name(struct frame *frame, struct image **image, pid_t pid,
		uint64_t address)
{
	(void)image;
	name_frame(frame, pid, address);
	return frame->module != NULL;
}

static bool may_be_pointer(void *argument, uint64_t address)
{
	(void)argument;
	return address > UINT16_MAX && address >> 47 == 0;
}

static void add_callers(struct stack *stack, struct registers *registers,
			pid_t pid)
{
	for (int tries = 0; tries < TRIES && stack->count < CALLERS; tries++) {
		struct frame *frame = &stack->frames[stack->count];

		if (!scan_for_caller(registers, pid, may_be_pointer, NULL))
			return;
		if (!name_frame(frame, pid, registers->address))
			continue;
		frame->is_guess = true;
		stack->count++;
	}
}

void stack_read(struct stack *stack, struct image **image, pid_t pid, pid_t tid,
		const struct call *blocked)
{
	struct registers registers;

	(void)image;
	stack->count = 0;
	if (!registers_know(&registers, tid, blocked))
		return;
	name_frame(&stack->frames[0], pid, registers.address);
	stack->count = 1;
	add_callers(stack, &registers, pid);
}

const char *stack_limits(void)
{
	return "Built without libdw (elfutils): places are addresses, and some "
	       "callers may be missing. addr2line -fe FILE 0xOFFSET names "
	       "them.";
}
