/* SPDX-License-Identifier: MIT */
/* What happens in a pool: one look at all of it, and one wait for it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "workers/moment.h"
#include "workers/pool_parts.h"

/* How often to look at who ends without saying so. */
enum { LOOK_AGAIN_MS = 10 };

/* ---- What to look at --------------------------------------------------- */

/* What is not open is left out: poll() takes no more than may be open. */
static void add_fd(struct libspawn_pool *pool, int32_t fd)
{
	struct pollfd *polled = &pool->polled[pool->polled_count];

	if (fd < 0)
		return;
	polled->fd = fd;
	polled->events = POLLIN;
	pool->polled_count++;
}

/* Returns where both of its are. */
static struct polled_at add_worker(struct libspawn_pool *pool,
				   const struct libspawn_worker *worker)
{
	struct polled_at at = { .first = pool->polled_count };

	if (worker) {
		add_fd(pool, worker->fd);
		add_fd(pool, worker->process.pidfd);
	}
	at.count = pool->polled_count - at.first;
	return at;
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

static nfds_t fill_polled(struct libspawn_pool *pool)
{
	pool->polled_count = 0;
	for (uint32_t n = 0; n < pool->how.workers; n++)
		pool->places[n].at = add_worker(pool, pool->places[n].worker);
	pool->from_at = add_worker(pool, pool->from);
	for (const struct leaving *leaving = pool->leaving; leaving;
	     leaving = leaving->next)
		add_worker(pool, leaving->worker);
	return pool->polled_count;
}

static int is_heard(const struct libspawn_pool *pool, struct polled_at at)
{
	for (uint32_t n = 0; n < at.count; n++)
		if (pool->polled[at.first + n].revents != 0)
			return 1;
	return 0;
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
		if (place->worker && is_heard(pool, place->at))
			libspawn__places_hear(pool, place);
		if (place->worker)
			libspawn__places_end_late(pool, place);
	}
	if (pool->from && is_heard(pool, pool->from_at))
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

	if (code < 0) {
		libspawn__loop_wake(pool,
				    libspawn__moment_after(LOOK_AGAIN_MS));
		return code;
	}
	look_at_places(pool);
	libspawn__leaving_look(pool);
	libspawn__places_fill(pool);
	libspawn__loop_wake(pool, libspawn__tasks_are_there(pool)
					  ? MOMENT_PASSED
					  : next_moment(pool));
	return code;
}
