/* SPDX-License-Identifier: MIT */
/*
 * Asking a template for a worker: its end of a new channel goes to the template
 * with the request. What comes back comes over that channel, from the worker
 * itself, so that the caller need not wait for it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "workers/cradle.h"
#include "workers/moment.h"
#include "workers/nursery.h"
#include "workers/still.h"

/* One request, on its way. */
struct asking {
	struct libspawn_worker *from;
	struct libspawn_worker *worker;
	struct hand_over hand_over;
	int64_t moment;
	int32_t end; /* the worker's, of its channel */
	struct libspawn_error *error;
};

static int fail_request(const struct asking *request, int code, int step)
{
	return libspawn__how_fail(request->error, -code, step);
}

/* The channel and the leash, whose other ends go to the template. */
static int open_channel(struct asking *request)
{
	int32_t ends[2];
	int32_t leash[2];
	int code = libspawn__wire_pair(ends);

	if (code < 0)
		return code;
	request->worker->fd = ends[0];
	request->end = ends[1];
	code = libspawn__leash_make(leash);
	if (code < 0)
		return code;
	request->hand_over.leash = leash[0];
	request->worker->leash = leash[1];
	return 0;
}

static int send_request(struct asking *request, struct nursery *nursery)
{
	struct libspawn_worker *from = request->from;
	const struct outlook to = { from->fd, from->process.pidfd,
				    request->moment, 0, 0 };
	int code = libspawn__nursery_expect(nursery, request->worker);

	if (code < 0)
		return code;
	/* One that was forked later itself has its number by now. */
	if (nursery->cradles)
		libspawn__cradle_name(nursery->cradles, from->process.pid);
	request->hand_over.nursery = nursery->fd;
	code = libspawn__hand_over_send(&request->hand_over, &to, FRAME_FORK,
					request->end,
					(uint64_t)request->worker->cradle);
	if (code == 0)
		libspawn__descriptors_close(&nursery->fd);
	return code;
}

/* Who has no thread and no such function says so; who has died says nothing. */
static int tell_step(const struct libspawn_worker *worker, int code)
{
	if (worker->refused == -EDEADLK)
		return LIBSPAWN_WORKER_STEP_THREADS;
	if (worker->refused == -ENOENT)
		return LIBSPAWN_WORKER_STEP_FUNCTION;
	if (code == -ENOMEM || code == -EAGAIN)
		return LIBSPAWN_STEP_CREATE;
	return LIBSPAWN_WORKER_STEP_TEMPLATE;
}

/* The template's handle says which thread it is, as long as it is there. */
static void note_thread(struct asking *request, int code)
{
	if (code == 0)
		request->from->reason[0] = '\0';
	if (request->worker->refused == -EDEADLK)
		memcpy(request->from->reason, request->worker->reason,
		       sizeof request->from->reason);
}

static int await_worker(struct asking *request)
{
	struct libspawn_worker *worker = request->worker;
	int code = libspawn__birth_settle(worker, request->moment);

	note_thread(request, code);
	if (code == 0)
		return 0;
	if (worker->refused)
		code = worker->refused;
	else if (code == -ECHILD)
		code = -EPIPE;
	return fail_request(request, code, tell_step(worker, code));
}

static int make_request(struct asking *request)
{
	struct libspawn_worker *from = request->from;
	int code;

	/* With room for what it says when it is there: that must be heard. */
	if (!request->worker ||
	    libspawn__frame_make_room(&request->worker->inbound,
				      FRAME_BYTES_INSIDE) < 0)
		return fail_request(request, -ENOMEM, LIBSPAWN_STEP_MEMORY);
	code = libspawn__talk_await_ready(from, request->moment);
	if (code < 0)
		return fail_request(request, code,
				    LIBSPAWN_WORKER_STEP_TEMPLATE);
	code = libspawn__nursery_need(from);
	if (code == 0)
		libspawn__finish_orphans(from->own_nursery, MOMENT_PASSED);
	if (code == 0)
		code = open_channel(request);
	if (code < 0)
		return fail_request(request, code,
				    LIBSPAWN_WORKER_STEP_CHANNEL);
	code = send_request(request, from->own_nursery);
	if (code < 0)
		return fail_request(request, code,
				    LIBSPAWN_WORKER_STEP_TEMPLATE);
	return 0;
}

static void end_request(struct asking *request)
{
	libspawn__descriptors_close(&request->end);
	libspawn__descriptors_close(&request->hand_over.leash);
	libspawn__hand_over_end(&request->hand_over);
}

static int fork_calmly(struct asking *request, const char *function,
		       const struct libspawn_worker_how *how)
{
	int code =
		libspawn__hand_over_begin(&request->hand_over, function, how);

	if (code < 0) {
		libspawn__hand_over_end(&request->hand_over);
		return fail_request(request, code,
				    code == -ENAMETOOLONG
					    ? LIBSPAWN_WORKER_STEP_FUNCTION
					    : LIBSPAWN_WORKER_STEP_DATA);
	}
	request->worker = libspawn__talk_make();
	if (request->worker)
		libspawn__talk_name(request->worker, function, how);
	code = make_request(request);
	end_request(request);
	if (code == 0 && !(how->flags & LIBSPAWN_WORKER_LATER))
		code = await_worker(request);
	if (code != 0 && request->worker)
		libspawn__finish_abandon(request->worker);
	return code;
}

static int is_for_template(const struct libspawn_worker_how *how)
{
	return !how->options && !how->program && !how->argv;
}

int libspawn_template_fork(struct libspawn_worker **worker,
			   struct libspawn_worker *from, const char *function,
			   const struct libspawn_worker_how *how,
			   int64_t timeout_ms, struct libspawn_error *error)
{
	struct asking request = { .from = from, .end = -1 };
	struct libspawn_worker_how mine;
	struct still still;
	int code;

	request.error = error;
	if (!worker || !from || from->is_self || !function)
		return libspawn__how_fail(error, EINVAL,
					  LIBSPAWN_STEP_ARGUMENTS);
	code = libspawn__how_read(&mine, how, 0);
	if (code == 0 && !is_for_template(&mine))
		code = -EINVAL;
	if (code < 0)
		return libspawn__how_fail(error, -code,
					  LIBSPAWN_WORKER_STEP_HOW);
	still_begin(&still);
	request.moment = libspawn__moment_after(timeout_ms);
	code = fork_calmly(&request, function, &mine);
	still_end(&still);
	if (code == 0)
		*worker = request.worker;
	return code;
}
