/* SPDX-License-Identifier: MIT */
/*
 * Who reaps a process, who may signal it, and what is remembered of its end.
 * The reaper claims the word, waits until signals on their way have arrived,
 * reaps, and then tells. Nothing is done to a process that is claimed.
 */
#define _GNU_SOURCE
#include "process/end.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "process/process.h"

/* From bit 20: enum libspawn_end; from bit 24: the code. */
enum {
	SIGNALLERS = 0xffff, /* how many are sending */
	CLAIMED = 0x10000,   /* it has ended; somebody reaps it */
	TOLD = 0x20000,	     /* and has: what follows is true */
	CORE = 0x40000,
	END_SHIFT = 20,
	CODE_SHIFT = 24,
};

static uint32_t load_state(const struct libspawn_process *process)
{
	return __atomic_load_n(&process->state, __ATOMIC_ACQUIRE);
}

static int change_state(struct libspawn_process *process, uint32_t seen,
			uint32_t wanted)
{
	return __atomic_compare_exchange_n(&process->state, &seen, wanted, 0,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

int libspawn__end_is_sound(const struct libspawn_process *process)
{
	return process && process->pid > 0;
}

int libspawn__end_is_told(const struct libspawn_process *process)
{
	return (load_state(process) & TOLD) != 0;
}

/* ---- Signals ----------------------------------------------------------- */

int libspawn__end_enter(struct libspawn_process *process)
{
	uint32_t seen;

	do {
		seen = load_state(process);
		if (seen & (CLAIMED | TOLD))
			return -ESRCH;
	} while ((seen & SIGNALLERS) == SIGNALLERS ||
		 !change_state(process, seen, seen + 1));
	return 0;
}

void libspawn__end_leave(struct libspawn_process *process)
{
	__atomic_fetch_sub(&process->state, 1, __ATOMIC_ACQ_REL);
}

/* ---- Reaping ----------------------------------------------------------- */

static int claim(struct libspawn_process *process)
{
	return (__atomic_fetch_or(&process->state, CLAIMED, __ATOMIC_ACQ_REL) &
		CLAIMED) == 0;
}

static uint32_t pack(const struct libspawn_status *status)
{
	uint32_t code = (uint32_t)status->code & 0xff;

	return TOLD | CLAIMED | status->end << END_SHIFT | code << CODE_SHIFT |
	       (status->flags & LIBSPAWN_STATUS_CORE ? CORE : 0);
}

static void unpack(uint32_t state, struct libspawn_status *status)
{
	memset(status, 0, sizeof *status);
	status->end = state >> END_SHIFT & 3;
	status->code = (int32_t)(state >> CODE_SHIFT);
	status->flags = state & CORE ? LIBSPAWN_STATUS_CORE : 0;
}

/* Waits for as long as another thread takes for one or two system calls. */
static uint32_t await_state(const struct libspawn_process *process,
			    uint32_t bits, uint32_t wanted)
{
	uint32_t seen;

	while (((seen = load_state(process)) & bits) != wanted)
		sched_yield();
	return seen;
}

int libspawn__end_settle(struct libspawn_process *process, int found,
			 struct libspawn_status *status)
{
	if (!claim(process)) {
		unpack(await_state(process, TOLD, TOLD), status);
		return 0;
	}
	await_state(process, SIGNALLERS, 0);
	memset(status, 0, sizeof *status);
	if (found < 0 || libspawn__process_reap(process, status) < 0)
		status->end = LIBSPAWN_END_LOST;
	__atomic_store_n(&process->state, pack(status), __ATOMIC_RELEASE);
	return 1;
}
