/* SPDX-License-Identifier: MIT */
/*
 * The descriptor of a pool for event loops, on Linux: an epoll that holds what
 * the pool waits for, and a timer for what is due.
 */
#define _GNU_SOURCE
#include "workers/pool_parts.h"

#if defined(__linux__)

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "workers/moment.h"

static int change_watched(const struct libspawn_pool *pool, int what, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (fd < 0)
		return 0;
	return epoll_ctl(pool->event_fd, what, fd, &event) < 0 ? -errno : 0;
}

void libspawn__loop_add(const struct libspawn_pool *pool,
			const struct libspawn_worker *worker)
{
	if (pool->event_fd < 0)
		return;
	change_watched(pool, EPOLL_CTL_ADD, worker->fd);
	change_watched(pool, EPOLL_CTL_ADD, worker->process.pidfd);
}

/* Not left to close(): a child that was forked may hold a copy. */
void libspawn__loop_remove(const struct libspawn_pool *pool,
			   const struct libspawn_worker *worker)
{
	if (pool->event_fd < 0)
		return;
	change_watched(pool, EPOLL_CTL_DEL, worker->fd);
	change_watched(pool, EPOLL_CTL_DEL, worker->process.pidfd);
}

static void add_all(const struct libspawn_pool *pool)
{
	for (uint32_t n = 0; n < pool->how.workers; n++)
		if (pool->places[n].worker)
			libspawn__loop_add(pool, pool->places[n].worker);
	for (struct leaving *leaving = pool->leaving; leaving;
	     leaving = leaving->next)
		libspawn__loop_add(pool, leaving->worker);
	if (pool->from)
		libspawn__loop_add(pool, pool->from);
}

int libspawn__loop_open(struct libspawn_pool *pool)
{
	int code;

	pool->event_fd =
		libspawn__descriptors_tuck(epoll_create1(EPOLL_CLOEXEC));
	if (pool->event_fd < 0)
		return pool->event_fd;
	pool->timer_fd = libspawn__descriptors_tuck(
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	code = pool->timer_fd < 0
		       ? pool->timer_fd
		       : change_watched(pool, EPOLL_CTL_ADD, pool->timer_fd);
	if (code < 0)
		libspawn__loop_close(pool);
	else
		add_all(pool);
	return code;
}

void libspawn__loop_close(struct libspawn_pool *pool)
{
	libspawn__descriptors_close(&pool->event_fd);
	libspawn__descriptors_close(&pool->timer_fd);
}

/* The first nanosecond is long past: readable at once. */
void libspawn__loop_wake(const struct libspawn_pool *pool, int64_t moment)
{
	struct itimerspec when = { { 0, 0 }, { 0, 1 } };

	if (pool->event_fd < 0)
		return;
	if (moment == MOMENT_NEVER)
		when.it_value.tv_nsec = 0;
	if (moment != MOMENT_NEVER && moment != MOMENT_PASSED) {
		when.it_value.tv_sec = (time_t)(moment / 1000000000);
		when.it_value.tv_nsec = (long)(moment % 1000000000);
	}
	timerfd_settime(pool->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

#endif
