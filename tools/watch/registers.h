/* SPDX-License-Identifier: MIT */
/* Registers of a stopped thread, in DWARF's order of this processor. */
#ifndef TOOLS_WATCH_REGISTERS_H
#define TOOLS_WATCH_REGISTERS_H

#include "proc.h"

enum { REGISTERS_MAX = 32 };

struct registers {
	unsigned count; /* of those that are known, from 0 on */
	uint64_t values[REGISTERS_MAX];
	uint64_t address; /* of the instruction */
	int stack;	  /* which of them is the stack's */
};

/*
 * Those of a stopped thread; or, with the call that it is blocked in, the two
 * that are known of it. False where neither can be had.
 */
bool registers_know(struct registers *registers, pid_t tid,
		    const struct call *blocked);

#endif
