/* SPDX-License-Identifier: MIT */
/*
 * The end of a worker: waiting for it, closing, killing. What is known of it is
 * kept, so that it is told as often as it is asked for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "workers/birth.h"
#include "workers/moment.h"
#include "workers/quiet.h"
#include "workers/worker.h"

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

	if (worker->way == LIBSPAWN_WORKER_WAY_GRANDCHILD)
		return libspawn__birth_kill(worker);
	code = libspawn_signal(&worker->process, SIGKILL, 0);
	return code == ESRCH ? 0 : -code;
}

int libspawn_worker_wait(struct libspawn_worker *worker, int64_t timeout_ms,
			 struct libspawn_status *status)
{
	struct quiet quiet;
	int code;

	if (!worker || worker->is_self)
		return EINVAL;
	quiet_begin(&quiet);
	code = libspawn__finish_wait(worker,
				     libspawn__moment_after(timeout_ms));
	quiet_end(&quiet);
	if (code == 0 && status)
		*status = worker->status;
	return -code;
}

/* Whoever could not be killed ends with its leash, which is let go next. */
static int end_worker(struct libspawn_worker *worker, int64_t grace_ms)
{
	int code =
		libspawn__finish_wait(worker, libspawn__moment_after(grace_ms));

	if (code != -ETIMEDOUT)
		return code;
	code = libspawn__finish_kill(worker);
	if (code < 0)
		return code;
	code = libspawn__finish_wait(worker, MOMENT_NEVER);
	worker->status.flags |= LIBSPAWN_STATUS_FORCED;
	return code;
}

int libspawn_worker_close(struct libspawn_worker *worker, int64_t grace_ms,
			  struct libspawn_status *status)
{
	struct quiet quiet;
	int code;

	if (!worker)
		return 0;
	if (worker->is_self)
		return EINVAL;
	quiet_begin(&quiet);
	libspawn__birth_settle(worker, MOMENT_NEVER);
	libspawn__descriptors_close(&worker->fd);
	code = end_worker(worker, grace_ms);
	if (status)
		*status = worker->status;
	libspawn__birth_forget(worker);
	libspawn__talk_free(worker);
	quiet_end(&quiet);
	return -code;
}

struct libspawn_process *libspawn_worker_process(struct libspawn_worker *worker)
{
	return worker && worker->process.pid > 0 ? &worker->process : NULL;
}

uint32_t libspawn_worker_way(const struct libspawn_worker *worker)
{
	return worker ? worker->way : 0;
}
