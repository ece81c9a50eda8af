/* SPDX-License-Identifier: MIT */
/*
 * Stacks by elfutils' libdw: by what compilers write for unwinding, with
 * symbols, and with lines where there is debug information.
 */
#define _GNU_SOURCE
#include "stack.h"
#include "frames.h"
#include "image_dw.h"
#include "scan.h"

#include <string.h>

/* How many callers may be guessed. */
enum { GUESSES = 8 };

/* ---- Memory and registers ---------------------------------------------- */

static bool read_memory_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word,
			     void *argument)
{
	struct image *image = argument;
	uint64_t page = address & ~(uint64_t)(PAGE - 1);

	(void)dwfl;
	if (address - page > PAGE - sizeof *word)
		return proc_memory(word, sizeof *word, image->pid, address);
	if (image->page != page) {
		image->page = 0;
		if (!proc_memory(image->bytes, PAGE, image->pid, page))
			return false;
		image->page = page;
	}
	memcpy(word, image->bytes + (address - page), sizeof *word);
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *argument)
{
	struct image *image = argument;
	const struct registers *known = &image->registers;
	Dwarf_Word values[REGISTERS_MAX];
	bool good;

	for (unsigned i = 0; i < REGISTERS_MAX; i++)
		values[i] = known->values[i];
	good = known->count > 0
		       ? dwfl_thread_state_registers(thread, 0, known->count,
						     values)
		       : dwfl_thread_state_registers(thread, known->stack, 1,
						     &values[known->stack]);
	dwfl_thread_state_register_pc(thread, known->address);
	return good;
}

/* One thread at a time, which has the number of its process here. */
static pid_t next_thread(Dwfl *dwfl, void *argument, void **thread_argument)
{
	struct image *image = argument;
	bool is_first = *thread_argument == NULL;

	(void)dwfl;
	*thread_argument = image;
	return is_first ? image->pid : 0;
}

static const Dwfl_Thread_Callbacks threads = {
	.next_thread = next_thread,
	.memory_read = read_memory_word,
	.set_initial_registers = set_registers,
};

/* libdw asks for threads from then on. */
static bool attach(struct image *image)
{
	if (!image->has_threads)
		image->has_threads = dwfl_attach_state(
			image->dwfl, NULL, image->pid, &threads, image);
	return image->has_threads;
}

/* ---- Stacks ------------------------------------------------------------ */

struct walk {
	struct image *image;
	struct stack *stack;
	unsigned frames; /* as the processor has them */
	bool is_guess;
};

static int add_frame(Dwfl_Frame *state, void *argument)
{
	struct walk *walk = argument;
	struct stack *stack = walk->stack;
	const struct known *known;
	bool is_exact = false;
	Dwarf_Addr address;

	if (!dwfl_frame_pc(state, &address, &is_exact))
		return DWARF_CB_ABORT;
	/* A return address is after the call, maybe in another line. */
	known = image_know(walk->image, address - !is_exact);
	if (known->frames[0].module == NULL && !known->unwinds)
		return DWARF_CB_ABORT;
	for (unsigned i = 0; i < known->count; i++) {
		if (stack->count == FRAMES_MAX)
			return DWARF_CB_ABORT;
		stack->frames[stack->count] = known->frames[i];
		stack->frames[stack->count++].is_guess = walk->is_guess;
	}
	walk->frames++;
	/* Else what libdw makes of it is no better than chance. */
	return known->unwinds ? DWARF_CB_OK : DWARF_CB_ABORT;
}

/* No function returns to where one begins, though it be right after a call. */
static bool may_be_returned_to(void *argument, uint64_t address)
{
	const struct image *image = argument;
	Dwfl_Module *module = dwfl_addrmodule(image->dwfl, address);
	GElf_Off offset = 1;
	GElf_Sym symbol;

	if (address == 0 || module == NULL)
		return false;
	dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL,
			     NULL);
	return offset != 0;
}

/* Where a thread begins there is no caller. */
static bool is_at_end(const struct stack *stack)
{
	return stack->count == 0 || stack->count == FRAMES_MAX ||
	       frame_is_start(&stack->frames[stack->count - 1]);
}

/* The innermost frame is of code, as musl's, that has nothing to unwind by. */
static void walk_on(struct walk *walk)
{
	struct image *image = walk->image;

	for (int i = 0; i < GUESSES && walk->frames == 1; i++) {
		if (is_at_end(walk->stack) ||
		    !scan_for_caller(&image->registers, image->pid,
				     may_be_returned_to, image))
			return;
		walk->frames = 0;
		walk->is_guess = true;
		dwfl_getthread_frames(image->dwfl, image->pid, add_frame, walk);
	}
}

void stack_read(struct stack *stack, struct image **image, pid_t pid, pid_t tid,
		const struct call *blocked)
{
	struct walk walk = { .stack = stack };

	stack->count = 0;
	walk.image = image_for(image, pid);
	if (walk.image == NULL || !attach(walk.image) ||
	    !registers_know(&walk.image->registers, tid, blocked))
		return;
	walk.image->page = 0;
	dwfl_getthread_frames(walk.image->dwfl, pid, add_frame, &walk);
	walk_on(&walk);
}

const char *stack_limits(void)
{
	return NULL;
}
