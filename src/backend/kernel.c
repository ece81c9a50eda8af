/* SPDX-License-Identifier: MIT */
/*
 * One word of memory: which ways the kernel has refused, so that they are not
 * tried again, and how many starts that change ids are under way.
 */
#include "backend/kernel.h"

#include "backend/system.h"

/* Bits 0-7: CHILD_NO_...; bit 8: dumpable was seen set; above: a count. */
enum { REFUSED = 0xff, WAS_DUMPABLE = 0x100, ONE_START = 0x10000 };

static uint32_t word;

uint32_t libspawn__kernel_refused(void)
{
	return __atomic_load_n(&word, __ATOMIC_RELAXED) & REFUSED;
}

void libspawn__kernel_learn(uint32_t refused)
{
	if (refused & ~libspawn__kernel_refused())
		__atomic_fetch_or(&word, refused & REFUSED, __ATOMIC_RELAXED);
}

/*
 * Hazard 4. It is restored here, by the parent, once the child has left: a
 * child of another user that still shared this memory could be traced by that
 * user. Of starts at the same time, one may read what the child of another has
 * just reset; then the flag was set if the first of them has seen it set.
 */
int libspawn__kernel_keep_dumpable(void)
{
	uint32_t before =
	    __atomic_fetch_add(&word, ONE_START, __ATOMIC_SEQ_CST);

	if (system_get_dumpable() == 1) {
		__atomic_fetch_or(&word, WAS_DUMPABLE, __ATOMIC_SEQ_CST);
		return 1;
	}
	return before >= ONE_START && (before & WAS_DUMPABLE);
}

void libspawn__kernel_restore_dumpable(int kept)
{
	if (kept)
		system_set_dumpable();
	__atomic_fetch_sub(&word, ONE_START, __ATOMIC_SEQ_CST);
}
