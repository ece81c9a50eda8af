/* SPDX-License-Identifier: MIT */
/*
 * A lock that fork() can't leave behind. It lies in memory that is not handed
 * on (per_process.h) and, for where that can't be had, holds the thread that
 * took it: in a child that is no thread of its own. Held for a moment only, and
 * not by a signal handler.
 */
#ifndef LIBSPAWN_POSIX_LOCK_H
#define LIBSPAWN_POSIX_LOCK_H

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct lock {
	uint32_t holder; /* a thread, by its kernel's number, or 0 */
};

/*
 * Sleeps rather than yields: the holder may have a lower priority. Not a
 * cancellation point.
 */
static inline void lock_wait(void)
{
	const struct timespec moment = { 0, 50000 };
	int cancel_state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	nanosleep(&moment, NULL);
	pthread_setcancelstate(cancel_state, &cancel_state);
}

/* Nobody takes it twice: the caller's own number is one inherited too. */
static inline int lock_is_left(uint32_t holder, uint32_t own)
{
	return holder == own ||
	       (syscall(SYS_tgkill, getpid(), holder, 0) < 0 && errno == ESRCH);
}

/* errno stays as it was. */
static inline void lock_take(struct lock *lock)
{
	const uint32_t own = (uint32_t)syscall(SYS_gettid);
	const int error = errno;
	uint32_t seen = 0;

	while (!__atomic_compare_exchange_n(&lock->holder, &seen, own, 0,
					    __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		if (seen && lock_is_left(seen, own))
			continue;
		lock_wait();
		seen = 0;
	}
	errno = error;
}

static inline void lock_release(struct lock *lock)
{
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
}

#endif
