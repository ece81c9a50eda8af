/* SPDX-License-Identifier: MIT */
/*
 * What a backend asks of the system in the parent, beyond the C library: calls
 * that libc wraps in a way that would disturb the caller, or not at all.
 */
#ifndef LIBSPAWN_BACKEND_SYSTEM_H
#define LIBSPAWN_BACKEND_SYSTEM_H

#include <stdint.h>

#include "child/sys.h"

#if SYS_IS_LINUX

#include <sys/prctl.h>

/* Hazard 1: all 64, with those that the C library keeps to itself. */
static inline long system_block_signals(uint64_t *old, uint64_t *old_high)
{
	const uint64_t all = ~UINT64_C(0);

	*old_high = 0;
	return arch_call(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, SYS_ARG(&all),
			 SYS_ARG(old), 8, 0);
}

/* FUTEX_WAIT, not private: so the kernel wakes when it zeroes the word. */
static inline void system_wait_while(const uint32_t *word, uint32_t value)
{
	const long at_most[2] = { 0, 10000000 /* 10 ms */ };

	arch_call(SYS_futex, SYS_ARG(word), 0, (long)value, SYS_ARG(at_most),
		  0);
}

static inline int system_get_dumpable(void)
{
	return (int)sys_prctl((enum sys_prctl)PR_GET_DUMPABLE, 0, 0);
}

static inline void system_set_dumpable(void)
{
	sys_prctl((enum sys_prctl)PR_SET_DUMPABLE, 1, 0);
}

#else

#include <signal.h>

/* FreeBSD has signals beyond 64. */
static inline long system_block_signals(uint64_t *old, uint64_t *old_high)
{
	sigset_t all;
	sigset_t had;
	int code;
	int n;

	sigfillset(&all);
	code = pthread_sigmask(SIG_SETMASK, &all, &had);
	*old = 0;
	*old_high = 0;
	for (n = 1; n <= SYS_SIGNALS && code == 0; n++)
		if (sigismember(&had, n) == 1)
			*(n > 64 ? old_high : old) |= UINT64_C(1)
						      << (n - 1) % 64;
	return -code;
}

static inline void system_wait_while(const uint32_t *word, uint32_t value)
{
	(void)word;
	(void)value;
}

static inline int system_get_dumpable(void)
{
	return 0;
}

static inline void system_set_dumpable(void)
{
}

#endif

#endif
