/* SPDX-License-Identifier: MIT */
/* Pools, as their callers have them. */
#define _GNU_SOURCE
#include "workers/pool_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workers/moment.h"
#include "workers/still.h"

/* ---- Opening ----------------------------------------------------------- */

static int pool_how_is_sound(const struct libspawn_pool_how *how)
{
	return (how->flags & ~LIBSPAWN_POOL_IN_ORDER) == 0 && how->function &&
	       how->workers >= 1 && how->workers <= POOL_WORKERS_MAX &&
	       how->task_timeout_ms >= 0 && how->reserved == 0 &&
	       (how->template_function || !how->template_how);
}

static int copy_name(char *name, const char *function)
{
	size_t length = function ? strlen(function) : 0;

	if (length > LIBSPAWN_FUNCTION_NAME_MAX)
		return -ENAMETOOLONG;
	if (function)
		memcpy(name, function, length + 1);
	return 0;
}

/* 0, or -errno and its step. */
static int read_pool_how(struct libspawn_pool *pool,
			 const struct libspawn_pool_how *how, int *step)
{
	int code = libspawn__how_copy(&pool->how, sizeof pool->how, how);

	*step = LIBSPAWN_WORKER_STEP_HOW;
	if (code == 0 && !pool_how_is_sound(&pool->how))
		code = -EINVAL;
	if (code == 0)
		code = libspawn__how_read(&pool->worker_how, pool->how.worker,
					  LIBSPAWN_WORKER_LATER);
	if (code == 0)
		code = libspawn__how_read(&pool->template_how,
					  pool->how.template_how,
					  LIBSPAWN_WORKER_LATER);
	if (code == 0 && pool->how.template_function &&
	    (pool->worker_how.options || pool->worker_how.program ||
	     pool->worker_how.argv))
		code = -EINVAL;
	if (code < 0)
		return code;
	*step = LIBSPAWN_WORKER_STEP_FUNCTION;
	code = copy_name(pool->function, pool->how.function);
	if (code == 0)
		code = copy_name(pool->template_function,
				 pool->how.template_function);
	return code;
}

static void free_pool(struct libspawn_pool *pool)
{
	libspawn__tasks_free_all(&pool->waiting);
	libspawn__tasks_free_all(&pool->outcomes);
	libspawn__tasks_free(pool->told);
	free(pool->places);
	free(pool->polled);
	free(pool);
}

/* What its workers would refuse is refused here, once. */
static int judge_first(const struct libspawn_pool *pool,
		       struct libspawn_error *error)
{
	const char *first = pool->how.template_function
				    ? pool->template_function
				    : pool->function;

	return libspawn__launch_judge(first,
				      pool->how.template_function
					      ? &pool->template_how
					      : &pool->worker_how,
				      error);
}

int libspawn_pool_open(struct libspawn_pool **pool,
		       const struct libspawn_pool_how *how,
		       struct libspawn_error *error)
{
	struct libspawn_pool *made;
	int step = LIBSPAWN_STEP_ARGUMENTS;
	int code;

	if (!pool || !how)
		return libspawn__how_fail(error, EINVAL, step);
	made = calloc(1, sizeof *made);
	if (!made)
		return libspawn__how_fail(error, ENOMEM, LIBSPAWN_STEP_MEMORY);
	made->event_fd = -1;
	made->timer_fd = -1;
	code = -read_pool_how(made, how, &step);
	if (code == 0) {
		step = LIBSPAWN_STEP_MEMORY;
		made->places = calloc(made->how.workers, sizeof *made->places);
		code = made->places ? 0 : ENOMEM;
	}
	if (code != 0)
		libspawn__how_fail(error, code, step);
	else
		code = judge_first(made, error);
	if (code != 0) {
		free_pool(made);
		return code;
	}
	if (made->how.tasks_max == 0)
		made->how.tasks_max = POOL_TASKS_FOR_EACH * made->how.workers;
	*pool = made;
	return 0;
}

/* ---- Tasks ------------------------------------------------------------- */

static int await_room(struct libspawn_pool *pool, int64_t moment)
{
	int code = 0;
	int waited;

	while (code == 0 && pool->under_way >= pool->how.tasks_max) {
		if (libspawn__tasks_are_there(pool))
			return -EAGAIN;
		if (libspawn__moment_timeout(moment) == 0)
			code = -ETIMEDOUT;
		waited = libspawn__pool_wait(pool, moment);
		if (code == 0)
			code = waited;
	}
	if (pool->under_way < pool->how.tasks_max)
		return 0;
	return libspawn__tasks_are_there(pool) ? -EAGAIN : code;
}

static int submit_calmly(struct libspawn_pool *pool,
			 const struct libspawn_message *given, int64_t moment)
{
	struct task *task;
	int code;

	if (given->size > pool->worker_how.message_max ||
	    given->fd_count > LIBSPAWN_MESSAGE_FDS_MAX)
		return -EMSGSIZE;
	code = await_room(pool, moment);
	if (code < 0)
		return code;
	task = libspawn__tasks_copy(given, &code);
	if (!task)
		return code;
	task->number = pool->figures.submitted++;
	pool->under_way++;
	libspawn__tasks_append(&pool->waiting, task);
	libspawn__pool_wait(pool, MOMENT_PASSED);
	return 0;
}

int libspawn_pool_submit(struct libspawn_pool *pool,
			 const struct libspawn_message *task,
			 int64_t timeout_ms)
{
	struct still still;
	int code;

	if (!pool || !task || (task->size > 0 && !task->bytes) ||
	    (task->fd_count > 0 && !task->fds))
		return EINVAL;
	still_begin(&still);
	code = submit_calmly(pool, task, libspawn__moment_after(timeout_ms));
	still_end(&still);
	return -code;
}

static int await_outcome(struct libspawn_pool *pool, int64_t moment)
{
	int code = 0;

	libspawn__tasks_free(pool->told);
	pool->told = NULL;
	libspawn__pool_wait(pool, MOMENT_PASSED);
	while (code == 0 && !libspawn__tasks_are_there(pool)) {
		if (pool->under_way == 0)
			return -ENOENT;
		if (libspawn__moment_timeout(moment) == 0)
			return -ETIMEDOUT;
		code = libspawn__pool_wait(pool, moment);
	}
	return code;
}

int libspawn_pool_collect(struct libspawn_pool *pool,
			  struct libspawn_outcome *outcome, int64_t timeout_ms)
{
	struct still still;
	int code;

	if (!pool || !outcome)
		return EINVAL;
	still_begin(&still);
	code = await_outcome(pool, libspawn__moment_after(timeout_ms));
	if (code == 0) {
		pool->told = libspawn__tasks_collect(pool);
		*outcome = pool->told->outcome;
		/* They are the caller's. */
		pool->told->outcome.fd_count = 0;
	}
	still_end(&still);
	return -code;
}

/* ---- Ending ------------------------------------------------------------ */

void libspawn_pool_cancel(struct libspawn_pool *pool)
{
	struct still still;
	struct task *task;

	if (!pool)
		return;
	still_begin(&still);
	while ((task = libspawn__tasks_take(&pool->waiting)))
		libspawn__tasks_end(pool, task, LIBSPAWN_OUTCOME_CANCELLED, 0);
	for (uint32_t n = 0; n < pool->how.workers; n++)
		if (pool->places[n].task)
			libspawn__places_kill(pool, &pool->places[n],
					      LIBSPAWN_OUTCOME_CANCELLED, 0);
	libspawn__loop_wake(pool, MOMENT_PASSED);
	still_end(&still);
}

/* All channels are closed before one is waited for. */
void libspawn_pool_close(struct libspawn_pool *pool, int64_t grace_ms)
{
	struct libspawn_worker *worker;
	struct still still;
	int64_t moment;

	if (!pool)
		return;
	still_begin(&still);
	moment = libspawn__moment_after(grace_ms);
	for (uint32_t n = 0; n < pool->how.workers; n++) {
		worker = pool->places[n].worker;
		if (worker)
			libspawn__leaving_add(pool, worker,
					      pool->places[n].task,
					      grace_ms == 0);
	}
	libspawn__leaving_finish(pool, moment);
	libspawn__source_close(pool, libspawn__moment_timeout(moment));
	libspawn__loop_close(pool);
	free_pool(pool);
	still_end(&still);
}

/* ---- Looking ----------------------------------------------------------- */

void libspawn_pool_count(const struct libspawn_pool *pool,
			 struct libspawn_pool_figures *figures)
{
	memset(figures, 0, sizeof *figures);
	if (!pool)
		return;
	*figures = pool->figures;
	figures->waiting = pool->waiting.count;
}

int32_t libspawn_pool_fd(struct libspawn_pool *pool)
{
	struct still still;
	int code = 0;

	if (!pool)
		return -EINVAL;
	still_begin(&still);
	if (pool->event_fd < 0)
		code = libspawn__loop_open(pool);
	if (code == 0)
		libspawn__pool_wait(pool, MOMENT_PASSED);
	still_end(&still);
	return code < 0 ? code : pool->event_fd;
}
