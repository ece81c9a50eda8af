/* SPDX-License-Identifier: MIT */
/* Registers that a callee saves are taken for unchanged. */
#define _GNU_SOURCE
#include "scan.h"
#include "proc.h"

#include <string.h>

/* How much of the stack may be one function's, in words. */
enum { WORDS = 256 };

#if defined(__aarch64__)

/* BL and BLR, of four bytes each. */
static bool is_after_call(pid_t pid, uint64_t address)
{
	uint32_t code;

	return proc_memory(&code, sizeof code, pid, address - sizeof code) &&
	       (code >> 26 == 0x25 || (code & 0xfffffc1f) == 0xd63f0000);
}

#else

/* E8 and four bytes, or FF /2 with what addresses the target. */
static bool is_after_call(pid_t pid, uint64_t address)
{
	static const int lengths[] = { 2, 3, 6, 7 };
	unsigned char code[8];

	if (!proc_memory(code, sizeof code, pid, address - sizeof code))
		return false;
	if (code[sizeof code - 5] == 0xe8)
		return true;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		const unsigned char *at = code + sizeof code - lengths[i];

		if (at[0] == 0xff && (at[1] >> 3 & 7) == 2)
			return true;
	}
	return false;
}

#endif

bool scan_for_caller(struct registers *registers, pid_t pid,
		     may_be_code *is_code, void *argument)
{
	uint64_t *stack = &registers->values[registers->stack];
	uint64_t words[WORDS];
	size_t count = WORDS;

	/* Less of it where it ends. */
	while (count > 0 &&
	       !proc_memory(words, count * sizeof *words, pid, *stack))
		count /= 2;
	for (size_t i = 0; i < count; i++) {
		if (!is_code(argument, words[i]) ||
		    !is_after_call(pid, words[i]))
			continue;
		*stack += (i + 1) * sizeof *words;
		/* It is taken for where it is, which is in the call. */
		registers->address = words[i] - 1;
		return true;
	}
	return false;
}
