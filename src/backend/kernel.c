/* SPDX-License-Identifier: MIT */
/*
 * One word of memory: which ways the kernel has refused, so that they are not
 * tried again; and which backends are proven to share memory.
 */
#define _GNU_SOURCE
#include "backend/kernel.h"

#include "child/every_start.h"
#include "child/launch.h"
#include "child/sys.h"

enum { FACTS = 0x3ff };

/* Hazard 13: nothing to destroy. */
static uint32_t kernel_word = SYS_REFUSES;

EVERY_START uint32_t libspawn__kernel_facts(void)
{
	return __atomic_load_n(&kernel_word, __ATOMIC_RELAXED) & FACTS;
}

/* Writes only what is new: the word stays shared between processors. */
EVERY_START void libspawn__kernel_learn(uint32_t facts)
{
	if (facts & FACTS & ~libspawn__kernel_facts())
		__atomic_fetch_or(&kernel_word, facts & FACTS,
				  __ATOMIC_RELAXED);
}
