/* SPDX-License-Identifier: MIT */
/* Registers of a stopped thread, in DWARF's order of this processor. */
#ifndef TOOLS_WATCH_REGISTERS_H
#define TOOLS_WATCH_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { REGISTERS_MAX = 32 };

struct registers {
	unsigned count; /* of those that are known, from 0 on */
	uint64_t values[REGISTERS_MAX];
	uint64_t address; /* of the instruction */
	int stack;	  /* which of them is the stack's, or -1 */
	int frame;	  /* and the frame's */
};

bool registers_read(struct registers *registers, pid_t tid);
/* DWARF's number of the stack pointer here, or -1. */
int registers_stack(void);

#endif
