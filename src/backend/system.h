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

#include <errno.h>
#include <limits.h>
#include <sys/ioctl.h>

/* linux/wait.h: children of any kind; those without SIGCHLD at their end. */
#define SYSTEM_WAIT_ALL 0x40000000
#define SYSTEM_WAIT_SILENT INT_MIN

/* waitid(2) of a pid. info is a siginfo_t. */
static inline CHILD_CODE long system_wait_id(long pid, void *info, int options)
{
	return arch_call(SYS_waitid, 1 /* P_PID */, pid, SYS_ARG(info), options,
			 0);
}

/* By a raw call: no cancellation point, and errno stays. */
static inline CHILD_CODE void system_wait_out(long pid, int32_t *status)
{
	while (arch_call(SYS_wait4, pid, SYS_ARG(status), SYSTEM_WAIT_ALL, 0,
			 0) == -EINTR)
		;
}

/* Hazard 1: all of them, with those that the C library keeps to itself. */
static inline long system_block_signals(uint64_t *old, uint64_t *old_high)
{
	const struct sys_set all = { ~UINT64_C(0), ~UINT64_C(0) };
	struct sys_set had = { 0, 0 };
	long code = arch_call(SYS_rt_sigprocmask, SYS_SIG_SETMASK,
			      SYS_ARG(&all), SYS_ARG(&had), SYS_SET_SIZE, 0);

	*old = had.low;
	*old_high = had.high;
	return code;
}

/* As sys_wait_while(), for as long as it takes or until a signal is handled. */
static inline void system_await_change(const uint32_t *word, uint32_t value)
{
	arch_call(SYS_futex, SYS_ARG(word), 0, (long)value, 0, 0);
}

static inline void system_wake(const uint32_t *word)
{
	arch_call(SYS_futex, SYS_ARG(word), 1 /* FUTEX_WAKE */, 0x7fffffff, 0,
		  0);
}

/* Those that the child has kept: a bit each, the lowest is signal 1. */
static inline CHILD_CODE void system_send_stops(long pid, uint32_t stops)
{
	int number;

	for (number = 1; stops; stops >>= 1, number++)
		if (stops & 1)
			sys_kill(pid, number);
}

/*
 * What a pidfd tells of its process: PIDFD_GET_INFO of linux/pidfd.h, Linux
 * 6.13. Older kernels fill in what they have of the struct; its mask says what.
 */
#define PIDFD_ENDED UINT64_C(8)	    /* exit_code. Linux 6.15 */
#define PIDFD_DUMPABLE UINT64_C(16) /* dumpable. Linux 6.16 */

struct pidfd_info {
	uint64_t mask;
	uint64_t cgroup;
	uint32_t ids[11];
	int32_t exit_code; /* as waitpid(2) has it */
	uint32_t dumpable;
	uint32_t signal;
};

/* 0 or -errno. */
static inline long system_ask_pidfd(int pidfd, uint64_t mask,
				    struct pidfd_info *info)
{
	*info = (struct pidfd_info){ .mask = mask };
	return arch_call(SYS_ioctl, pidfd,
			 (long)_IOWR(0xff, 11, struct pidfd_info),
			 SYS_ARG(info), 0, 0);
}

static inline int system_get_dumpable(void)
{
	return (int)sys_prctl(SYS_GET_DUMPABLE, 0, 0);
}

static inline void system_set_dumpable(void)
{
	sys_prctl(SYS_SET_DUMPABLE, 1, 0);
}

#else

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

/* Every child sends SIGCHLD. */
#define SYSTEM_WAIT_ALL 0
#define SYSTEM_WAIT_SILENT 0

static inline long system_wait_id(long pid, siginfo_t *info, int options)
{
	return waitid(P_PID, (id_t)pid, info, options) < 0 ? -errno : 0;
}

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

static inline void system_await_change(const uint32_t *word, uint32_t value)
{
	(void)word;
	(void)value;
}

static inline void system_wake(const uint32_t *word)
{
	(void)word;
}

/* A child that keeps them is Linux's. */
static inline void system_send_stops(long pid, uint32_t stops)
{
	(void)pid;
	(void)stops;
}

#endif

#endif
