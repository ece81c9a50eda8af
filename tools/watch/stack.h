/* SPDX-License-Identifier: MIT */
/*
 * Stacks of threads, with the names of functions and lines of the source, as
 * well as they are known. Two files know how, and one of them is compiled:
 * stack_dw.c by libdw, stack_plain.c without it.
 */
#ifndef TOOLS_WATCH_STACK_H
#define TOOLS_WATCH_STACK_H

#include "proc.h"

enum { FRAMES_MAX = 24 };

/* All words are those of words.h. */
struct frame {
	uint64_t address;
	uint64_t offset;      /* of it in the module */
	const char *module;   /* the file with the code, or NULL */
	const char *function; /* or NULL */
	const char *file;     /* of the source, or NULL */
	int line;
	bool is_guess; /* found where nothing says how to unwind */
};

/* Innermost first. */
struct stack {
	unsigned count;
	struct frame frames[FRAMES_MAX];
};

/* The code of a process and its names; lives until exec. */
struct image;

/*
 * The stack of a thread that is in a ptrace stop, or else, with the call that
 * it is blocked in, as far as its registers are known. An image is made when
 * there is none.
 */
void stack_read(struct stack *stack, struct image **image, pid_t pid, pid_t tid,
		const struct call *blocked);
/* What lies at an address of code or data: a frame of its own. */
bool image_name(struct frame *frame, struct image **image, pid_t pid,
		uint64_t address);
void image_close(struct image *image);

/* What can't be known in this build, as a sentence; or NULL. */
const char *stack_limits(void);

#endif
