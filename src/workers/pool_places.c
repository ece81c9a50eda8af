/* SPDX-License-Identifier: MIT */
/*
 * The places of a pool: each has a worker or none, and the worker a task or
 * none. A task is given to one worker and to no other.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "workers/pool_parts.h"
#include "workers/moment.h"

/* ---- Giving ------------------------------------------------------------ */

static int give_task(struct libspawn_pool *pool, struct place *place,
		     struct task *task)
{
	struct outbound frame = {
		.head = { .kind = FRAME_MESSAGE, .tag = task->given.tag },
		.bytes = task->given.bytes,
		.size = (size_t)task->given.size,
		.fds = task->given.fds,
		.fd_count = task->given.fd_count,
	};
	int code = libspawn__talk_send(place->worker, &frame, MOMENT_PASSED);

	if (code < 0)
		return code;
	place->task = task;
	place->moment =
		pool->how.task_timeout_ms > 0
			? libspawn__moment_after(pool->how.task_timeout_ms)
			: MOMENT_NEVER;
	return 0;
}

/* As its template has it, if it is that one's child. */
static int32_t pid_of(const struct libspawn_worker *worker)
{
	return worker->way == LIBSPAWN_WORKER_WAY_GRANDCHILD
		       ? (int32_t)worker->grandchild
		       : worker->process.pid;
}

/* Its channel has nothing in it, so it takes a task or it is dead. */
static void let_go(struct libspawn_pool *pool, struct place *place,
		   int is_to_die)
{
	struct task *task = place->task;

	if (task)
		task->outcome.pid = pid_of(place->worker);
	libspawn__leaving_add(pool, place->worker, is_to_die ? NULL : task,
			      is_to_die);
	memset(place, 0, sizeof *place);
	pool->figures.workers--;
}

static int fill_place(struct libspawn_pool *pool, struct place *place)
{
	int code = libspawn__source_draw(pool, &place->worker);

	if (code < 0)
		return code;
	place->done = 0;
	pool->figures.workers_started++;
	pool->figures.workers++;
	libspawn__loop_add(pool, place->worker);
	return 0;
}

/* But for those of which nobody knows when they will have gone. */
static uint32_t count_leaving(const struct libspawn_pool *pool)
{
	return pool->leaving_count - pool->stuck_count;
}

/*
 * An idle one, or an empty place; NULL if all are busy, or as many workers are
 * on their way out as there may be in places.
 */
static struct place *find_place(struct libspawn_pool *pool)
{
	const int is_crowded = count_leaving(pool) >= pool->how.workers;
	struct place *empty = NULL;
	struct place *place;

	for (uint32_t n = 0; n < pool->how.workers; n++) {
		place = &pool->places[n];
		if (place->worker && !place->task)
			return place;
		if (!place->worker && !empty && !is_crowded)
			empty = place;
	}
	return empty;
}

/* What can't be had now may be when a worker has gone; alone, never. */
static int is_to_wait(const struct libspawn_pool *pool, int code)
{
	if (code == -SOURCE_NOT_READY)
		return 1;
	return pool->figures.workers + count_leaving(pool) > 0 &&
	       (code == -EAGAIN || code == -ENOMEM || code == -EMFILE ||
		code == -ENFILE);
}

/* 0 to go on with the next. */
static int place_task(struct libspawn_pool *pool, struct place *place,
		      struct task *task)
{
	int code = place->worker ? 0 : fill_place(pool, place);

	if (code < 0 && is_to_wait(pool, code)) {
		libspawn__tasks_return(&pool->waiting, task);
		return 1;
	}
	if (code < 0) {
		libspawn__tasks_end(pool, task, LIBSPAWN_OUTCOME_NO_WORKER,
				    -code);
		return 0;
	}
	code = give_task(pool, place, task);
	if (code == -EPIPE || code == -ETIMEDOUT) {
		libspawn__tasks_return(&pool->waiting, task);
		let_go(pool, place, 1);
	} else if (code < 0) {
		libspawn__tasks_end(pool, task, LIBSPAWN_OUTCOME_NO_WORKER,
				    -code);
	}
	return 0;
}

void libspawn__places_fill(struct libspawn_pool *pool)
{
	struct place *place;
	int full = 0;

	while (!full && pool->waiting.first && (place = find_place(pool)))
		full = place_task(pool, place,
				  libspawn__tasks_take(&pool->waiting));
}

/* ---- Hearing ----------------------------------------------------------- */

void libspawn__places_kill(struct libspawn_pool *pool, struct place *place,
			   uint32_t kind, int32_t code)
{
	struct task *task = place->task;

	let_go(pool, place, 1);
	if (task)
		libspawn__tasks_end(pool, task, kind, code);
}

void libspawn__places_end_late(struct libspawn_pool *pool, struct place *place)
{
	if (place->task && libspawn__moment_timeout(place->moment) == 0)
		libspawn__places_kill(pool, place, LIBSPAWN_OUTCOME_DEADLINE,
				      0);
}

static int is_worn(const struct libspawn_pool *pool, const struct place *place)
{
	const uint64_t figure = place->worker->inbound.head.figure;

	return (pool->how.tasks_per_worker > 0 &&
		place->done >= pool->how.tasks_per_worker) ||
	       (pool->how.max_rss_kib > 0 && figure > pool->how.max_rss_kib);
}

static void take_result(struct libspawn_pool *pool, struct place *place)
{
	struct inbound *frame = &place->worker->inbound;
	struct task *task = place->task;

	if (frame->head.kind != FRAME_RESULT || !task ||
	    frame->head.tag != task->given.tag || frame->head.code < 0) {
		libspawn__places_kill(pool, place, LIBSPAWN_OUTCOME_REFUSED,
				      EPROTO);
		return;
	}
	task->outcome.pid = pid_of(place->worker);
	place->task = NULL;
	place->done++;
	if (libspawn__tasks_end_with(pool, task, frame) < 0)
		libspawn__tasks_end(pool, task, LIBSPAWN_OUTCOME_REFUSED,
				    ENOMEM);
	if (is_worn(pool, place))
		let_go(pool, place, 0);
}

/* It was never there, since its template has died: the task is as before. */
static int was_never(struct libspawn_worker *worker)
{
	return worker->way == 0 && !worker->refused &&
	       libspawn__birth_settle(worker, MOMENT_PASSED) == -ECHILD;
}

static void lose_worker(struct libspawn_pool *pool, struct place *place)
{
	struct task *task = place->task;

	if (was_never(place->worker)) {
		place->task = NULL;
		if (task)
			libspawn__tasks_return(&pool->waiting, task);
	}
	let_go(pool, place, 0);
}

void libspawn__places_hear(struct libspawn_pool *pool, struct place *place)
{
	const struct libspawn_worker *worker = place->worker;
	const int was_unknown = worker->process.pidfd < 0;
	int code = libspawn__talk_receive(place->worker, MOMENT_PASSED);

	/* One of a template has told who it is. */
	if (was_unknown && worker->process.pidfd >= 0)
		libspawn__loop_add(pool, worker);
	if (worker->way != 0)
		pool->stillbirths = 0;
	if (code == -ETIMEDOUT)
		return;
	if (code == 0)
		take_result(pool, place);
	else if (code == -EPIPE)
		lose_worker(pool, place);
	else if (worker->inbound.head.kind == FRAME_REFUSED)
		libspawn__places_kill(pool, place, LIBSPAWN_OUTCOME_NO_WORKER,
				      -code);
	else
		libspawn__places_kill(pool, place, LIBSPAWN_OUTCOME_REFUSED,
				      -code);
}
