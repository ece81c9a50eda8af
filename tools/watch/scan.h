/* SPDX-License-Identifier: MIT */
/*
 * A caller, where nothing says how to unwind: what looks like the address after
 * a call, next on the stack. It may be left from an earlier call.
 */
#ifndef TOOLS_WATCH_SCAN_H
#define TOOLS_WATCH_SCAN_H

#include "registers.h"

typedef bool may_be_code(void *argument, uint64_t address);

/* Let the registers be those of the caller; false if none is found. */
bool scan_for_caller(struct registers *registers, pid_t pid,
		     may_be_code *is_code, void *argument);

#endif
