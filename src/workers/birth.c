/* SPDX-License-Identifier: MIT */
/*
 * Waiting for what a template's worker, and its template, say of its birth and
 * its end.
 */
#define _GNU_SOURCE
#include <errno.h>

#include "workers/moment.h"
#include "workers/nursery.h"

/* The template, or the worker, was gone before it could say so. */
static int settle_unborn(struct libspawn_worker *worker)
{
	if (libspawn__nursery_look(worker) == 0)
		return 0;
	libspawn__nursery_lose(worker);
	return -ECHILD;
}

int libspawn__birth_settle(struct libspawn_worker *worker, int64_t moment)
{
	int code;

	if (worker->way != 0)
		return 0;
	if (worker->has_ended)
		return -ECHILD;
	code = libspawn__nursery_is_over(worker)
		       ? -EPIPE
		       : libspawn__talk_await_birth(worker, moment);
	if (code == 0 || code == -ETIMEDOUT)
		return code;
	return settle_unborn(worker);
}

int libspawn__birth_await_end(struct libspawn_worker *worker, int64_t moment)
{
	struct libspawn_worker *from = worker->nursery->from;
	int code = 0;

	while (code == 0 && !libspawn__nursery_find_end(worker))
		code = from ? libspawn__talk_listen(from, moment) : -EPIPE;
	if (code == -ETIMEDOUT)
		return code;
	if (code < 0)
		libspawn__nursery_lose(worker);
	return worker->status.end == LIBSPAWN_END_LOST ? -ECHILD : 0;
}

/* Where there is a leash, that does it, whatever the template is up to. */
void libspawn__birth_kill(struct libspawn_worker *worker)
{
	struct libspawn_worker *from = worker->nursery->from;
	struct outbound frame = { .head = { .kind = FRAME_KILL } };

	libspawn__descriptors_close(&worker->leash);
	frame.head.tag = worker->grandchild;
	if (from)
		(void)libspawn__talk_send(from, &frame, MOMENT_PASSED);
}
