/* SPDX-License-Identifier: MIT */
/*
 * The dumpable flag around starts that change ids: how many are under way, and
 * what the flag was before. This is one word for all copies of the library in a
 * process: where one has cleared the flag, another must not take it for what
 * the caller wants.
 */
#define _GNU_SOURCE
#include "backend/dumpable.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "backend/system.h"
#include "child/sys.h"

#if SYS_IS_LINUX

/* From bit 3, a count; from bit 14, whose it is: a tag of the process. */
enum {
	WAS_DUMPABLE = 1,
	BUSY = 2,    /* the first or the last is asking the kernel */
	AWAITED = 4, /* somebody sleeps until that is over */
	ONE_CHANGE = 8,
	ALL_CHANGES = 0x3ff8,
	CHANGE_BITS = ALL_CHANGES | WAS_DUMPABLE | BUSY | AWAITED,
	TAG_SHIFT = 14,
};

/* Nanoseconds of sleep, in case that nobody wakes us. */
enum { AT_MOST = 10000000 };

/*
 * The number in its name is that of its layout: copies of other versions use it
 * too. Written out, since C has no words for it: the linker takes one of those
 * in a program (comdat), the dynamic loader of glibc one of those in a process,
 * however they were loaded (gnu_unique_object). Other loaders have one for each
 * library: docs/vendoring.md.
 */
__asm__(".pushsection .bss.libspawn_dumpable_1,\"awG\",%nobits,"
	"libspawn_dumpable_1,comdat\n"
	".balign 4\n"
	".type libspawn_dumpable_1, %gnu_unique_object\n"
	".size libspawn_dumpable_1, 4\n"
	"libspawn_dumpable_1:\n"
	".zero 4\n"
	".popsection");

extern uint32_t libspawn_dumpable_1 __attribute__((visibility("default")));

/*
 * What another thread of a parent was about when it forked this process is
 * none of this one's: a count that bears another tag is forgotten.
 */
static uint32_t load_own(uint32_t *seen)
{
	const uint32_t tag = (uint32_t)getpid() << TAG_SHIFT;

	*seen = __atomic_load_n(&libspawn_dumpable_1, __ATOMIC_SEQ_CST);
	return *seen >> TAG_SHIFT == tag >> TAG_SHIFT ? *seen : tag;
}

/* False if the word has changed since it was seen: look again. */
static int replace(uint32_t seen, uint32_t wanted)
{
	return __atomic_compare_exchange_n(&libspawn_dumpable_1, &seen, wanted,
					   0, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/*
 * For as long as one prctl() takes. Asleep: who does that may have a lower
 * priority, and need this processor.
 */
static void await_change(uint32_t seen, uint32_t own)
{
	if (own & AWAITED || replace(seen, own | AWAITED))
		sys_wait_while(&libspawn_dumpable_1, own | AWAITED, AT_MOST);
}

/* Ends what only one may do. */
static void end_busy(uint32_t set, uint32_t cleared)
{
	uint32_t seen;

	do
		seen = __atomic_load_n(&libspawn_dumpable_1, __ATOMIC_SEQ_CST);
	while (!replace(seen, (seen & ~(cleared | BUSY | AWAITED)) | set));
	if (seen & AWAITED)
		system_wake(&libspawn_dumpable_1);
}

/* Does not return before the flag is saved, by this thread or another. */
int libspawn__dumpable_enter(int may_wait)
{
	uint32_t seen;
	uint32_t own;
	uint32_t first;

	for (;;) {
		own = load_own(&seen);
		first = own & ALL_CHANGES ? 0 : BUSY;
		if ((own & ALL_CHANGES) == ALL_CHANGES && !may_wait)
			return -EAGAIN;
		if (own & BUSY || (own & ALL_CHANGES) == ALL_CHANGES)
			await_change(seen, own);
		else if (replace(seen, (own + ONE_CHANGE) | first))
			break;
	}
	if (first)
		end_busy(system_get_dumpable() == 1 ? WAS_DUMPABLE : 0, 0);
	return 0;
}

/*
 * Hazard 4. It is restored here, by the parent, when the last child has left:
 * a child of another user in this memory could else be traced by that user.
 */
void libspawn__dumpable_leave(void)
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

#else

/* Elsewhere a child has a flag of its own, or none. */
int libspawn__dumpable_enter(int may_wait)
{
	(void)may_wait;
	return 0;
}

void libspawn__dumpable_leave(void)
{
}

#endif
