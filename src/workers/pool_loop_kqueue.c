/* SPDX-License-Identifier: MIT */
/*
 * The descriptor of a pool for event loops, on macOS and the BSDs: a kqueue
 * with what the pool waits for, and a timer for what is due. It forgets what is
 * closed.
 */
#define _GNU_SOURCE
#include "workers/pool_parts.h"

#if !defined(__linux__)

#include <errno.h>
#include <stddef.h>

#include <sys/types.h>

#include <sys/event.h>

#include "workers/moment.h"

static void watch_reading(const struct libspawn_pool *pool, int fd)
{
	struct kevent change;

	if (fd < 0)
		return;
	EV_SET(&change, (uintptr_t)fd, EVFILT_READ, EV_ADD, 0, 0, 0);
	kevent(pool->event_fd, &change, 1, NULL, 0, NULL);
}

void libspawn__loop_add(const struct libspawn_pool *pool,
			const struct libspawn_worker *worker)
{
	if (pool->event_fd >= 0)
		watch_reading(pool, worker->fd);
}

void libspawn__loop_remove(const struct libspawn_pool *pool,
			   const struct libspawn_worker *worker)
{
	(void)pool;
	(void)worker;
}

int libspawn__loop_open(struct libspawn_pool *pool)
{
	pool->event_fd = libspawn__descriptors_tuck(kqueue());
	if (pool->event_fd < 0)
		return pool->event_fd;
	for (uint32_t n = 0; n < pool->how.workers; n++)
		if (pool->places[n].worker)
			libspawn__loop_add(pool, pool->places[n].worker);
	if (pool->from)
		libspawn__loop_add(pool, pool->from);
	return 0;
}

void libspawn__loop_close(struct libspawn_pool *pool)
{
	libspawn__descriptors_close(&pool->event_fd);
}

void libspawn__loop_wake(const struct libspawn_pool *pool, int64_t moment)
{
	const int64_t left = libspawn__moment_timeout(moment);
	struct kevent change;

	if (pool->event_fd < 0)
		return;
	EV_SET(&change, 1, EVFILT_TIMER, left < 0 ? EV_DELETE : EV_ADD, 0, left,
	       0);
	kevent(pool->event_fd, &change, 1, NULL, 0, NULL);
}

#endif
