/* SPDX-License-Identifier: MIT */
/*
 * One word of memory: which ways the kernel has refused, so that they are not
 * tried again; which backends are proven to share memory; and how many starts
 * that change ids are under way.
 */
#define _GNU_SOURCE
#include "backend/kernel.h"

#include <sched.h>
#include <unistd.h>

#include "backend/system.h"
#include "child/plan.h"
#include "child/sys.h"

/* From bit 10, a count; from bit 22, whose it is: a tag of the process. */
enum {
	FACTS = 0xff,
	WAS_DUMPABLE = 0x100,
	BUSY = 0x200, /* the first or the last is asking the kernel */
	ONE_CHANGE = 0x400,
	ALL_CHANGES = 0x3ffc00,
	CHANGE_BITS = ALL_CHANGES | WAS_DUMPABLE | BUSY,
};

#define TAG_BITS UINT32_C(0xffc00000)

/* The only mutable object of the library. Hazard 13: nothing to destroy. */
static uint32_t kernel_word = SYS_REFUSES;

uint32_t libspawn__kernel_facts(void)
{
	return __atomic_load_n(&kernel_word, __ATOMIC_RELAXED) & FACTS;
}

/* Writes only what is new: the word stays shared between processors. */
void libspawn__kernel_learn(uint32_t facts)
{
	if (facts & FACTS & ~libspawn__kernel_facts())
		__atomic_fetch_or(&kernel_word, facts & FACTS,
				  __ATOMIC_RELAXED);
}

/* ---- The dumpable flag ------------------------------------------------- */

/*
 * What another thread of a parent was about when it forked this process is
 * none of this one's: a count that bears another tag is forgotten.
 */
static uint32_t load_own(uint32_t *seen)
{
	const uint32_t tag = (uint32_t)getpid() << 22 & TAG_BITS;

	*seen = __atomic_load_n(&kernel_word, __ATOMIC_SEQ_CST);
	if ((*seen & TAG_BITS) == tag)
		return *seen;
	return (*seen & FACTS) | tag;
}

/* False if the word has changed since it was seen: look again. */
static int replace(uint32_t seen, uint32_t wanted)
{
	return __atomic_compare_exchange_n(&kernel_word, &seen, wanted, 0,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Ends what only one may do; others have added facts meanwhile. */
static void end_busy(uint32_t set, uint32_t cleared)
{
	uint32_t seen;

	do
		seen = __atomic_load_n(&kernel_word, __ATOMIC_SEQ_CST);
	while (!replace(seen, (seen & ~(cleared | BUSY)) | set));
}

/* Does not return before the flag is saved, by this thread or another. */
void libspawn__kernel_enter_change(void)
{
	uint32_t seen;
	uint32_t own;
	uint32_t first;

	for (;;) {
		own = load_own(&seen);
		first = own & ALL_CHANGES ? 0 : BUSY;
		if (own & BUSY || (own & ALL_CHANGES) == ALL_CHANGES)
			sched_yield(); /* for as long as one prctl() takes */
		else if (replace(seen, (own + ONE_CHANGE) | first))
			break;
	}
	if (first)
		end_busy(system_get_dumpable() == 1 ? WAS_DUMPABLE : 0, 0);
}

/*
 * Hazard 4. It is restored here, by the parent, when the last child has left:
 * a child of another user in this memory could else be traced by that user.
 */
void libspawn__kernel_leave_change(void)
{
	uint32_t seen;
	uint32_t own;
	uint32_t last;

	/* None is BUSY: the first is done, and the last is this one. */
	do {
		own = load_own(&seen);
		last = (own & ALL_CHANGES) == ONE_CHANGE;
	} while (!replace(seen, last ? own | BUSY : own - ONE_CHANGE));
	if (!last)
		return;
	if (own & WAS_DUMPABLE)
		system_set_dumpable();
	end_busy(0, CHANGE_BITS);
}
