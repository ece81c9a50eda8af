/* SPDX-License-Identifier: MIT */
/*
 * The end of a worker: waiting for it, closing, killing. What is known of it is
 * kept, so that it is told as often as it is asked for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>

#include "workers/moment.h"
#include "workers/nursery.h"
#include "workers/still.h"

/* For a template, to kill its children where no leash does, and to say so. */
enum { BROOD_MS = 1000 };

static int is_lost(const struct libspawn_worker *worker)
{
	return worker->status.end == LIBSPAWN_END_LOST;
}

/* Without a pid there is nobody to wait for: it never was, or is another's. */
int libspawn__finish_wait(struct libspawn_worker *worker, int64_t moment)
{
	int code = libspawn__birth_settle(worker, moment);

	if (code < 0)
		return code;
	if (worker->has_ended)
		return is_lost(worker) ? -ECHILD : 0;
	if (worker->way == LIBSPAWN_WORKER_WAY_GRANDCHILD)
		return libspawn__birth_await_end(worker, moment);
	code = libspawn_wait(&worker->process, libspawn__moment_timeout(moment),
			     &worker->status);
	worker->has_ended = code == 0 || code == ECHILD;
	return -code;
}

int libspawn__finish_kill(struct libspawn_worker *worker)
{
	int code;

	if (worker->way == LIBSPAWN_WORKER_WAY_GRANDCHILD) {
		libspawn__birth_kill(worker);
		return 0;
	}
	code = libspawn_signal(&worker->process, SIGKILL, 0);
	return code == ESRCH ? 0 : -code;
}

int libspawn_worker_wait(struct libspawn_worker *worker, int64_t timeout_ms,
			 struct libspawn_status *status)
{
	struct still still;
	int code;

	if (!worker || worker->is_self)
		return EINVAL;
	still_begin(&still);
	code = libspawn__finish_wait(worker,
				     libspawn__moment_after(timeout_ms));
	still_end(&still);
	if (code == 0 && status)
		*status = worker->status;
	return -code;
}

static int64_t moment_to_kill(const struct libspawn_worker *worker,
			      int64_t moment)
{
	int has_children = worker->own_nursery && worker->leash < 0;
	int64_t least =
		has_children ? libspawn__moment_after(BROOD_MS) : MOMENT_PASSED;

	return moment < least ? least : moment;
}

/* Whoever may not be killed ends with its leash: it is to be reaped then. */
static int end_foreign(struct libspawn_worker *worker, int refused)
{
	int code;

	/* A pool has let go of it already. */
	libspawn__descriptors_close(&worker->leash);
	code = libspawn__finish_wait(worker, libspawn__moment_after(BROOD_MS));
	worker->status.flags |= LIBSPAWN_STATUS_FORCED;
	return code == -ETIMEDOUT ? refused : code;
}

/* The kernel keeps its word; a template may be stopped, or mean ill. */
static int await_killed(struct libspawn_worker *worker)
{
	int is_told = worker->way == LIBSPAWN_WORKER_WAY_GRANDCHILD;
	int code = libspawn__finish_wait(
		worker,
		is_told ? libspawn__moment_after(BROOD_MS) : MOMENT_NEVER);

	worker->status.flags |= LIBSPAWN_STATUS_FORCED;
	if (code != -ETIMEDOUT)
		return code;
	libspawn__nursery_lose(worker);
	return -ECHILD;
}

static int end_worker(struct libspawn_worker *worker, int64_t moment)
{
	int code;

	/* It is to be reaped, whatever signals come. */
	worker->process.flags &= ~LIBSPAWN_PROCESS_INTERRUPTIBLE;
	code = libspawn__finish_wait(worker, moment_to_kill(worker, moment));
	if (code != -ETIMEDOUT)
		return code;
	code = libspawn__finish_kill(worker);
	return code < 0 ? end_foreign(worker, code) : await_killed(worker);
}

/* A template has ended by now, so that the births are known, or was left. */
static void free_worker(struct libspawn_worker *worker)
{
	libspawn__descriptors_close(&worker->leash);
	if (worker->own_nursery) {
		libspawn__nursery_end(worker->own_nursery,
				      (int)worker->has_ended);
		libspawn__finish_orphans(worker->own_nursery,
					 libspawn__moment_after(BROOD_MS));
	}
	libspawn__nursery_leave(worker);
	libspawn__talk_free(worker);
}

/* Its template may be closed at the same time, by another thread. */
static void leave_orphan(struct libspawn_worker *worker)
{
	struct nursery *nursery = worker->nursery;

	libspawn__nursery_hold(nursery);
	if (!libspawn__nursery_keep_orphan(worker))
		libspawn__finish_orphans(nursery,
					 libspawn__moment_after(BROOD_MS));
	libspawn__nursery_let_go(nursery);
}

/* One that is still on its way will find its leash gone. */
static int close_calmly(struct libspawn_worker *worker, int64_t grace_ms,
			struct libspawn_status *status)
{
	int64_t moment = libspawn__moment_after(grace_ms);
	int code = libspawn__birth_settle(worker, moment);

	if (code == -ETIMEDOUT) {
		libspawn__descriptors_close(&worker->leash);
		leave_orphan(worker);
		return -ECHILD;
	}
	libspawn__descriptors_close(&worker->fd);
	code = end_worker(worker, moment);
	if (status)
		*status = worker->status;
	free_worker(worker);
	return code;
}

int libspawn_worker_close(struct libspawn_worker *worker, int64_t grace_ms,
			  struct libspawn_status *status)
{
	struct still still;
	int code;

	if (!worker)
		return 0;
	if (worker->is_self)
		return EINVAL;
	still_begin(&still);
	code = close_calmly(worker, grace_ms, status);
	still_end(&still);
	return -code;
}

void libspawn__finish_abandon(struct libspawn_worker *worker)
{
	if (worker->nursery)
		close_calmly(worker, 0, NULL);
	else
		free_worker(worker);
}

/*
 * Each dies of its leash as soon as it is there; then it is to be reaped. One
 * that is asked of a template that nobody could end may never be.
 */
void libspawn__finish_orphans(struct nursery *nursery, int64_t moment)
{
	struct libspawn_worker *orphan = libspawn__nursery_orphans(nursery);
	struct libspawn_worker *next;

	for (; orphan; orphan = next) {
		next = orphan->next_orphan;
		if (libspawn__birth_settle(orphan, moment) != -ETIMEDOUT)
			libspawn__finish_abandon(orphan);
		else if (libspawn__nursery_is_closed(nursery))
			free_worker(orphan);
		else
			(void)libspawn__nursery_keep_orphan(orphan);
	}
}

struct libspawn_process *libspawn_worker_process(struct libspawn_worker *worker)
{
	return worker && worker->process.pid > 0 ? &worker->process : NULL;
}

uint32_t libspawn_worker_way(const struct libspawn_worker *worker)
{
	return worker ? worker->way : 0;
}
