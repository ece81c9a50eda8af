/* SPDX-License-Identifier: MIT */
/* Which frame of a stack tells most. All answer NULL if there is none. */
#ifndef TOOLS_WATCH_FRAMES_H
#define TOOLS_WATCH_FRAMES_H

#include "stack.h"

/* Of the C library, or another that everybody has. */
bool frame_is_of_system(const struct frame *frame);
/* Where a thread or program begins: nobody's own, and the end of a stack. */
bool frame_is_start(const struct frame *frame);

/* Who called fork(): the innermost that is not of how libc forks. */
const struct frame *calling_frame(const struct stack *stack);
/* Who asked for a lock: the innermost that is not of how one waits. */
const struct frame *asking_frame(const struct stack *stack);
/* What a thread with that stack waits for: "a lock", "a semaphore". */
struct waited {
	const char *noun;
	enum owner {
		OWNED_BY_NOBODY,
		OWNED_PERHAPS, /* nothing says what it is */
		OWNED,	       /* only who has it may end the wait */
	} owner;
};

struct waited frames_waited(const struct stack *stack);
/* The innermost of the program itself. */
const struct frame *own_frame(const struct stack *stack);
/* What the thread was started with. */
const struct frame *start_frame(const struct stack *stack);

#endif
