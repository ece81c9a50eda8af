/* SPDX-License-Identifier: MIT */
/*
 * Workers that have been let go. Nobody waits for them: they are reaped when
 * they have ended, and killed if that takes them too long.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "workers/moment.h"
#include "workers/pool_parts.h"

/* For one that was asked to end, or has closed its channel; and to be dead. */
enum { LEAVE_MS = 1000, DIE_MS = 1000 };

static void note_killed(struct leaving *leaving)
{
	leaving->is_killed = 1;
	leaving->moment = libspawn__moment_after(DIE_MS);
	libspawn__finish_kill(leaving->worker);
	/* One that may not be killed ends with it. */
	libspawn__descriptors_close(&leaving->worker->leash);
}

/* The kernel may never let it go, from a dead file system: it bars nobody. */
static void note_stuck(struct libspawn_pool *pool, struct leaving *leaving)
{
	leaving->is_stuck = 1;
	leaving->moment = MOMENT_NEVER;
	pool->stuck_count++;
}

static void forget(struct libspawn_pool *pool, struct leaving *leaving)
{
	pool->leaving_count--;
	pool->stuck_count -= leaving->is_stuck;
	free(leaving);
}

/*
 * Without memory for the note it is killed and waited for here, which is short.
 * One that is not there yet will find its leash gone.
 */
void libspawn__leaving_add(struct libspawn_pool *pool,
			   struct libspawn_worker *worker, struct task *task,
			   int is_to_die)
{
	struct leaving *leaving = calloc(1, sizeof *leaving);
	int is_born;

	libspawn__loop_remove(pool, worker);
	if (!leaving || (worker->way == 0 && !worker->has_ended)) {
		free(leaving);
		is_born = worker->way != 0;
		libspawn_worker_close(worker, 0,
				      task ? &task->outcome.status : NULL);
		if (task)
			libspawn__tasks_end(
				pool, task,
				is_born ? LIBSPAWN_OUTCOME_ENDED
					: LIBSPAWN_OUTCOME_NO_WORKER,
				is_born ? 0 : ENOMEM);
		return;
	}
	libspawn__descriptors_close(&worker->fd);
	libspawn__loop_add(pool, worker);
	leaving->worker = worker;
	leaving->task = task;
	leaving->next = pool->leaving;
	leaving->moment = libspawn__moment_after(LEAVE_MS);
	pool->leaving = leaving;
	pool->leaving_count++;
	if (is_to_die)
		note_killed(leaving);
}

static void tell_end_of(struct libspawn_pool *pool, struct leaving *leaving)
{
	struct task *task = leaving->task;

	if (!task)
		return;
	task->outcome.status = leaving->worker->status;
	libspawn__tasks_end(pool, task, LIBSPAWN_OUTCOME_ENDED, 0);
}

/* Whether it is gone. */
static int look_at_leaving(struct libspawn_pool *pool, struct leaving *leaving)
{
	int code = libspawn__finish_wait(leaving->worker, MOMENT_PASSED);

	if (code == -ETIMEDOUT) {
		if (libspawn__moment_timeout(leaving->moment) != 0)
			return 0;
		if (leaving->is_killed)
			note_stuck(pool, leaving);
		else
			note_killed(leaving);
		return 0;
	}
	tell_end_of(pool, leaving);
	libspawn__loop_remove(pool, leaving->worker);
	libspawn_worker_close(leaving->worker, 0, NULL);
	return 1;
}

void libspawn__leaving_look(struct libspawn_pool *pool)
{
	struct leaving **next = &pool->leaving;
	struct leaving *leaving;

	while ((leaving = *next)) {
		if (look_at_leaving(pool, leaving)) {
			*next = leaving->next;
			forget(pool, leaving);
		} else {
			next = &leaving->next;
		}
	}
}

void libspawn__leaving_finish(struct libspawn_pool *pool, int64_t moment)
{
	struct leaving *leaving;
	int64_t grace;

	while ((leaving = pool->leaving)) {
		pool->leaving = leaving->next;
		grace = leaving->is_killed ? 0
					   : libspawn__moment_timeout(moment);
		libspawn__loop_remove(pool, leaving->worker);
		libspawn__tasks_free(leaving->task);
		libspawn_worker_close(leaving->worker, grace, NULL);
		forget(pool, leaving);
	}
}
