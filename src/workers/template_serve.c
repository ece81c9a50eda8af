/* SPDX-License-Identifier: MIT */
/*
 * Being a template: one request after the other, each a fork of this process
 * while it has one thread. The copy drops what is the template's and becomes
 * the worker, inside the same call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "workers/brood.h"
#include "workers/cradle.h"
#include "workers/moment.h"
#include "workers/still.h"
#include "workers/threads.h"
#include "workers/worker.h"

/* How often it looks after children of its own. */
enum { LOOK_MS = 20 };

struct serving {
	struct libspawn_worker *self;
	struct brood brood;
	int32_t *cradles;
	/* Why there is no copy: a word, or the thread that was in the way. */
	const char *reason;
	char thread[WORKER_REASON_ROOM];
	/* In the copy: who it is from now on, and whether that is well. */
	struct libspawn_worker *born;
	int born_code;
	int is_worker;
};

/* ---- In the copy ------------------------------------------------------- */

static int say_born(int fd, int way)
{
	const struct outlook to = { fd, -1, MOMENT_PASSED, 0, 0 };
	struct outbound frame = {
		.head = { .kind = FRAME_BORN,
			  .code = way,
			  .tag = (uint64_t)getpid() },
	};

	return libspawn__frame_send(&to, &frame);
}

/* Nothing of the template's channel and leash stays with the worker. */
static void leave_template(struct serving *serving)
{
	libspawn__descriptors_close(&serving->self->fd);
	libspawn__descriptors_close(&serving->self->leash);
	libspawn__cradle_unmap(serving->cradles);
	libspawn__brood_free(&serving->brood);
}

/* The frame is still in the template's handle: this is a copy of all of it. */
static void be_born(struct serving *serving, int32_t fd, int way)
{
	struct inbound *frame = &serving->self->inbound;
	struct libspawn_worker *born = libspawn__talk_make();

	leave_template(serving);
	serving->is_worker = 1;
	serving->born = born;
	if (!born)
		return;
	born->fd = fd;
	born->is_self = 1;
	serving->born_code = libspawn__hand_over_take(born, frame, 1);
	libspawn__frame_drop(frame);
	if (say_born(fd, way) < 0 && serving->born_code == 0)
		serving->born_code = -EPIPE;
}

static int run_born(struct serving *serving)
{
	struct libspawn_worker *born = serving->born;
	int status;

	if (!born)
		return LIBSPAWN_WORKER_LOST;
	status = libspawn__being_run(born, serving->born_code,
				     "the hand-over is not to be read");
	/* It dies with its leash until it has ended. */
	born->leash = -1;
	libspawn__talk_free(born);
	return status;
}

/* ---- In the template --------------------------------------------------- */

static int read_request(const struct inbound *frame, struct hello *hello)
{
	if (frame->got < sizeof *hello)
		return -EPROTO;
	memcpy(hello, frame->room, sizeof *hello);
	hello->function[WORKER_NAME_ROOM - 1] = '\0';
	return 0;
}

/* They come with the first request alone, also with one that is refused. */
static void take_cradles(struct serving *serving, const struct hello *hello)
{
	const struct inbound *frame = &serving->self->inbound;

	if (hello->has & HELLO_HAS_NURSERY && !serving->cradles &&
	    frame->fd_count > 1)
		libspawn__cradle_map(&serving->cradles,
				     frame->fds[frame->fd_count - 1]);
}

/* As fork(); the child of this process if it can't be that of the caller. */
static int fork_copy(struct serving *serving, int *way)
{
	uint64_t number = serving->self->inbound.head.tag;
	int pid = -ENOTSUP;

	*way = LIBSPAWN_WORKER_WAY_SIBLING;
	if (serving->cradles && number < CRADLES_MOST &&
	    libspawn__cradle_is_ours(serving->cradles))
		pid = libspawn__forking_sibling(&serving->cradles[number]);
	if (pid != -ENOTSUP)
		return pid;
	*way = LIBSPAWN_WORKER_WAY_GRANDCHILD;
	pid = libspawn__brood_expect(&serving->brood);
	if (pid < 0)
		return pid;
	pid = fork();
	if (pid > 0)
		libspawn__brood_add(&serving->brood, pid);
	return pid < 0 ? -errno : pid;
}

/* As fork(), for the request in the frame; -errno comes with a reason. */
static int judge_and_fork(struct serving *serving, int *way)
{
	struct hello hello;
	int code = read_request(&serving->self->inbound, &hello);

	serving->reason = "the request is not to be read";
	if (code < 0)
		return code;
	take_cradles(serving, &hello);
	serving->reason = "no such function";
	if (!libspawn__functions_find(hello.function))
		return -ENOENT;
	serving->reason = serving->thread;
	code = libspawn__threads_are_one(serving->thread,
					 sizeof serving->thread);
	if (code < 0)
		return code;
	serving->reason = "it could not be forked";
	return fork_copy(serving, way);
}

static void serve_request(struct serving *serving)
{
	struct inbound *frame = &serving->self->inbound;
	int32_t fd = frame->fd_count > 0 ? frame->fds[0] : -1;
	int way;
	int code = judge_and_fork(serving, &way);

	if (code == 0) {
		frame->fds[0] = -1;
		be_born(serving, fd, way);
	} else {
		if (code < 0)
			libspawn__talk_refuse(fd, code, serving->reason);
		libspawn__frame_drop(frame);
	}
}

static int64_t next_look(const struct serving *serving)
{
	return libspawn__brood_is_empty(&serving->brood)
		       ? MOMENT_NEVER
		       : libspawn__moment_after(LOOK_MS);
}

/* 0 to go on. */
static int serve_next(struct serving *serving)
{
	struct libspawn_worker *self = serving->self;
	int code = libspawn__talk_receive(self, next_look(serving));

	libspawn__brood_tell(&serving->brood, self);
	if (code == -ETIMEDOUT)
		return 0;
	if (code < 0)
		return code;
	if (self->inbound.head.kind == FRAME_FORK)
		serve_request(serving);
	else if (self->inbound.head.kind == FRAME_KILL)
		libspawn__brood_kill(&serving->brood,
				     (pid_t)self->inbound.head.tag);
	else
		return -EPROTO;
	return 0;
}

/*
 * Until this is the copy, or the caller has closed: then nobody else could end
 * a child of this process that has no leash.
 */
static int serve_calmly(struct serving *serving)
{
	struct outbound ready = { .head = { .kind = FRAME_READY } };
	int code = libspawn__talk_send(serving->self, &ready, MOMENT_NEVER);

	while (code == 0 && !serving->is_worker)
		code = serve_next(serving);
	if (serving->is_worker)
		return 0;
	if (code == -EPIPE)
		libspawn__brood_kill_all(&serving->brood);
	libspawn__cradle_unmap(serving->cradles);
	libspawn__brood_free(&serving->brood);
	return code == -EPIPE ? 0 : 1;
}

int libspawn_template_serve(struct libspawn_worker *self)
{
	struct serving serving = { .self = self };
	struct still still;
	int status;

	if (!self || !self->is_self)
		return 1;
	still_begin(&still);
	status = serve_calmly(&serving);
	still_end(&still);
	return serving.is_worker ? run_born(&serving) : status;
}
