/* SPDX-License-Identifier: MIT */
/* What happens in a pool: one look at all of it, and one wait for it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "workers/moment.h"
#include "workers/crew.h"

/* How often to look at who ends without saying so. */
enum { LOOK_AGAIN_MS = 10 };

/* ---- What to look at --------------------------------------------------- */

/* Both of a worker's, in this order, also one that there is not. */
static void add_worker(struct pollfd *polled,
		       const struct libspawn_worker *worker)
{
	polled[0].fd = worker ? worker->fd : -1;
	polled[0].events = POLLIN;
	polled[1].fd = worker ? worker->process.pidfd : -1;
	polled[1].events = POLLIN;
}

static int make_polled(struct libspawn_pool *pool)
{
	uint32_t room = 2 * (pool->how.workers + pool->leaving_count + 1);
	struct pollfd *polled;

	if (room <= pool->polled_room)
		return 0;
	polled = realloc(pool->polled, room * sizeof *polled);
	if (!polled)
		return -ENOMEM;
	pool->polled = polled;
	pool->polled_room = room;
	return 0;
}

/* The places first, so that what is heard is found by their number. */
static nfds_t fill_polled(struct libspawn_pool *pool)
{
	nfds_t count = 0;

	for (uint32_t n = 0; n < pool->how.workers; n++, count += 2)
		add_worker(&pool->polled[count], pool->places[n].worker);
	add_worker(&pool->polled[count], pool->from);
	count += 2;
	for (struct leaving *leaving = pool->leaving; leaving;
	     leaving = leaving->next, count += 2)
		add_worker(&pool->polled[count], leaving->worker);
	return count;
}

static int is_heard(const struct libspawn_pool *pool, uint32_t number)
{
	return pool->polled[2 * number].revents != 0 ||
	       pool->polled[2 * number + 1].revents != 0;
}

/* ---- When to look ------------------------------------------------------ */

static int64_t earlier(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

/* Of one without a descriptor nothing is heard. */
static int is_silent(const struct leaving *leaving)
{
	return leaving->worker->process.pidfd < 0;
}

static int64_t next_moment(const struct libspawn_pool *pool)
{
	int64_t moment = MOMENT_NEVER;

	for (uint32_t n = 0; n < pool->how.workers; n++)
		if (pool->places[n].task)
			moment = earlier(moment, pool->places[n].moment);
	for (const struct leaving *leaving = pool->leaving; leaving;
	     leaving = leaving->next) {
		moment = earlier(moment, leaving->moment);
		if (is_silent(leaving))
			moment = earlier(moment,
					 libspawn__moment_after(LOOK_AGAIN_MS));
	}
	return moment;
}

/* ---- Looking ----------------------------------------------------------- */

static void look_at_places(struct libspawn_pool *pool)
{
	struct place *place;

	for (uint32_t n = 0; n < pool->how.workers; n++) {
		place = &pool->places[n];
		if (place->worker && is_heard(pool, n))
			libspawn__places_hear(pool, place);
		if (place->worker)
			libspawn__places_end_late(pool, place);
	}
	if (pool->from && is_heard(pool, pool->how.workers))
		libspawn__source_hear(pool);
}

static int poll_pool(struct libspawn_pool *pool, int64_t moment)
{
	int code = make_polled(pool);
	int ready;

	if (code < 0)
		return code;
	moment = earlier(moment, next_moment(pool));
	do
		ready = poll(pool->polled, fill_polled(pool),
			     libspawn__moment_left(moment));
	while (ready < 0 && errno == EINTR);
	return ready < 0 ? -errno : 0;
}

int libspawn__pool_wait(struct libspawn_pool *pool, int64_t moment)
{
	int code = poll_pool(pool, moment);

	if (code < 0)
		return code;
	look_at_places(pool);
	libspawn__leaving_look(pool);
	libspawn__places_fill(pool);
	libspawn__loop_wake(pool, libspawn__tasks_are_there(pool)
					  ? MOMENT_PASSED
					  : next_moment(pool));
	return code;
}
