/* SPDX-License-Identifier: MIT */
/*
 * Where a pool's workers come from: they are started, or forked by a template
 * that the pool starts when it is needed, and anew when it has ended.
 */
#define _GNU_SOURCE
#include <errno.h>

#include "workers/moment.h"
#include "workers/pool_parts.h"

/* Templates that end without a birth, until tasks end for want of a worker. */
enum { STILLBIRTHS_MOST = 10 };

static int start_template(struct libspawn_pool *pool)
{
	int code;

	if (pool->stillbirths >= STILLBIRTHS_MOST) {
		pool->stillbirths = 0;
		return -EPIPE;
	}
	code = libspawn_worker_start(&pool->from, pool->template_function,
				     &pool->template_how, NULL);
	if (code != 0)
		return -code;
	pool->figures.templates_started++;
	libspawn__loop_add(pool, pool->from);
	return 0;
}

static void lose_template(struct libspawn_pool *pool)
{
	pool->stillbirths++;
	libspawn__loop_remove(pool, pool->from);
	libspawn_worker_close(pool->from, 0, NULL);
	pool->from = NULL;
}

void libspawn__source_hear(struct libspawn_pool *pool)
{
	int code = libspawn__talk_listen(pool->from, MOMENT_PASSED);

	if (code < 0 && code != -ETIMEDOUT)
		lose_template(pool);
}

/*
 * One that has died is found out by asking it. Another takes its place at once:
 * a pool that has neither a template nor a worker hears of nothing any more.
 */
static int fork_worker(struct libspawn_pool *pool,
		       struct libspawn_worker **worker)
{
	struct libspawn_worker_how how = pool->worker_how;
	int code;

	how.flags |= LIBSPAWN_WORKER_LATER;
	code = libspawn_template_fork(worker, pool->from, pool->function, &how,
				      0, NULL);
	if (code == ETIMEDOUT)
		return -SOURCE_NOT_READY;
	if (code != EPIPE && code != EPROTO)
		return -code;
	lose_template(pool);
	code = start_template(pool);
	return code < 0 ? code : -SOURCE_NOT_READY;
}

int libspawn__source_draw(struct libspawn_pool *pool,
			  struct libspawn_worker **worker)
{
	int code = 0;

	if (!pool->how.template_function)
		return -libspawn_worker_start(worker, pool->function,
					      &pool->worker_how, NULL);
	if (!pool->from)
		code = start_template(pool);
	return code < 0 ? code : fork_worker(pool, worker);
}

void libspawn__source_close(struct libspawn_pool *pool, int64_t grace_ms)
{
	if (!pool->from)
		return;
	libspawn__loop_remove(pool, pool->from);
	libspawn_worker_close(pool->from, grace_ms, NULL);
	pool->from = NULL;
}
