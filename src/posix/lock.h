/* SPDX-License-Identifier: MIT */
/*
 * A lock that fork() can't leave behind: it lies in memory that is not handed
 * on (own.h) and, where that can't be had, holds the pid of the process that
 * took it, so a child with another finds it free. Held for a moment only, and
 * not by a signal handler.
 */
#ifndef LIBSPAWN_POSIX_LOCK_H
#define LIBSPAWN_POSIX_LOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

struct lock {
	uint32_t holder; /* a pid, or 0 */
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

static inline void lock_take(struct lock *lock)
{
	const uint32_t own = (uint32_t)getpid();

	for (;;) {
		uint32_t seen =
			__atomic_load_n(&lock->holder, __ATOMIC_RELAXED);

		if (seen != own && __atomic_compare_exchange_n(
					   &lock->holder, &seen, own, 0,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return;
		lock_wait();
	}
}

static inline void lock_release(struct lock *lock)
{
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
}

#endif
