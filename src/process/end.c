/* SPDX-License-Identifier: MIT */
/*
 * Who reaps a process, who may signal it, and what is remembered of its end.
 * The end is seen and told before the process is reaped; from then on nobody
 * signals it. Who told it reaps, or the last of those whose signals are still
 * on their way: no thread depends on another that may not get to run.
 */
#define _GNU_SOURCE
#include "process/end.h"

#include <errno.h>
#include <string.h>

#include "deadline.h"
#include "process/process.h"

/* From bit 20: enum libspawn_end; from bit 24: the code. */
enum {
	SIGNALLERS = 0xffff, /* how many are sending */
	TO_REAP = 0x10000,   /* the last of them reaps */
	TOLD = 0x20000,	     /* it has ended: what follows is true */
	CORE = 0x40000,
	END_SHIFT = 20,
	CODE_SHIFT = 24,
};

/* Milliseconds, for somebody else to reap. */
enum { FOR_THE_REAPER = 100 };

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

int libspawn__end_is_interruptible(const struct libspawn_process *process)
{
	return (process->flags & LIBSPAWN_PROCESS_INTERRUPTIBLE) != 0;
}

int libspawn__end_is_told(const struct libspawn_process *process)
{
	return (load_state(process) & TOLD) != 0;
}

static int is_known(uint32_t state)
{
	return (state & TOLD) != 0 &&
	       (state >> END_SHIFT & 3) != LIBSPAWN_END_LOST;
}

int libspawn__end_is_known(const struct libspawn_process *process)
{
	return is_known(load_state(process));
}

/* ---- Signals ----------------------------------------------------------- */

int libspawn__end_enter(struct libspawn_process *process)
{
	uint32_t seen;

	do {
		seen = load_state(process);
		if (seen & TOLD)
			return -ESRCH;
		if ((seen & SIGNALLERS) == SIGNALLERS)
			return -EAGAIN;
	} while (!change_state(process, seen, seen + 1));
	return 0;
}

void libspawn__end_leave(struct libspawn_process *process)
{
	uint32_t left =
		__atomic_sub_fetch(&process->state, 1, __ATOMIC_ACQ_REL);
	struct libspawn_status told_already;

	if (!(left & TO_REAP) || left & SIGNALLERS)
		return;
	libspawn__process_reap(process, &told_already);
	__atomic_fetch_and(&process->state, ~(uint32_t)TO_REAP,
			   __ATOMIC_RELEASE);
	libspawn__word_wake(&process->state);
}

/* ---- Telling and reaping ----------------------------------------------- */

static uint32_t pack(const struct libspawn_status *status)
{
	uint32_t code = (uint32_t)status->code & 0xff;

	return TOLD | status->end << END_SHIFT | code << CODE_SHIFT |
	       (status->flags & LIBSPAWN_STATUS_CORE ? CORE : 0);
}

static void unpack(uint32_t state, struct libspawn_status *status)
{
	memset(status, 0, sizeof *status);
	status->end = state >> END_SHIFT & 3;
	status->code = (int32_t)(state >> CODE_SHIFT);
	status->flags = state & CORE ? LIBSPAWN_STATUS_CORE : 0;
}

/*
 * The word as it was before; with TOLD, if another thread was first. Signals
 * on their way make it the last of them that reaps. What was lost may become
 * known.
 */
static uint32_t tell(struct libspawn_process *process,
		     const struct libspawn_status *status, int is_ours)
{
	uint32_t seen;
	uint32_t told;

	do {
		seen = load_state(process);
		told = (seen & (SIGNALLERS | TO_REAP)) | pack(status);
		if (is_known(seen) || (seen & TOLD && !is_known(told)))
			return seen;
		if (is_ours && !(seen & TOLD) && seen & SIGNALLERS)
			told |= TO_REAP;
	} while (!change_state(process, seen, told));
	return seen;
}

/*
 * The signals arrive in a moment. If not, since this thread keeps their senders
 * from running, or they were copied by fork() and are no more: it goes on.
 */
static void await_reaper(const struct libspawn_process *process)
{
	const int64_t deadline = libspawn__deadline_after(FOR_THE_REAPER);
	uint32_t seen = load_state(process);

	while (seen & TO_REAP && libspawn__deadline_left(deadline) > 0) {
		libspawn__word_wait(&process->state, seen);
		seen = load_state(process);
	}
}

int libspawn__end_settle(struct libspawn_process *process, int found,
			 struct libspawn_status *status)
{
	uint32_t before;

	if (found < 0) {
		memset(status, 0, sizeof *status);
		status->end = LIBSPAWN_END_LOST;
	}
	before = tell(process, status, found > 0);
	if (before & TOLD) {
		unpack(load_state(process), status);
		return 0;
	}
	if (found > 0 && before & SIGNALLERS)
		await_reaper(process);
	else if (found > 0)
		libspawn__process_reap(process, status);
	return 1;
}
