/* SPDX-License-Identifier: MIT */
/*
 * The channel as its two ends use it: what comes is a message, a word about the
 * worker itself, or refused; and what is refused once is refused for good.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "workers/moment.h"
#include "workers/nursery.h"
#include "workers/still.h"
#include "workers/worker.h"

/* Added to the kind of a frame that a worker receives. */
#define OF_SELF 0x100u

struct libspawn_worker *libspawn__talk_make(void)
{
	struct libspawn_worker *worker = calloc(1, sizeof *worker);

	if (!worker)
		return NULL;
	worker->fd = -1;
	worker->leash = -1;
	worker->cradle = -1;
	worker->process.pidfd = -1;
	return worker;
}

void libspawn__talk_name(struct libspawn_worker *worker, const char *function,
			 const struct libspawn_worker_how *how)
{
	memcpy(worker->function, function, strlen(function) + 1);
	worker->message_max = how->message_max;
	worker->fds_max = how->message_fds;
	worker->fds_most = LIBSPAWN_MESSAGE_FDS_MAX;
}

static void free_data(struct libspawn_worker *worker)
{
	if (worker->data_is_mapped)
		libspawn_block_unmap(worker->data, worker->data_size);
	else
		free((void *)(uintptr_t)worker->data);
}

void libspawn__talk_free(struct libspawn_worker *worker)
{
	libspawn__descriptors_close(&worker->fd);
	libspawn__descriptors_close(&worker->leash);
	libspawn__frame_free(&worker->inbound);
	libspawn_close(&worker->process);
	free_data(worker);
	free(worker);
}

/* ---- Sending ----------------------------------------------------------- */

int libspawn__talk_send(struct libspawn_worker *worker, struct outbound *frame,
			int64_t moment)
{
	const struct outlook to = { worker->fd, worker->process.pidfd, moment,
				    0, 0 };
	int code;

	if (frame->size > worker->message_max ||
	    frame->fd_count > worker->fds_most)
		return -EMSGSIZE;
	if (worker->broken || worker->has_ended)
		return worker->broken ? worker->broken : -EPIPE;
	code = libspawn__frame_send(&to, frame);
	if (code == -EPROTO)
		worker->broken = code;
	return code;
}

void libspawn__talk_refuse(int fd, int code, const char *reason)
{
	const struct outlook to = { fd, -1, MOMENT_PASSED, 0, 0 };
	struct outbound frame = {
		.head = { .kind = FRAME_REFUSED, .code = -code },
		.bytes = reason,
		.size = strlen(reason),
	};

	libspawn__frame_send(&to, &frame);
}

int libspawn_worker_send(struct libspawn_worker *worker,
			 const struct libspawn_message *message,
			 int64_t timeout_ms)
{
	struct outbound frame = { .head = { .kind = FRAME_MESSAGE } };
	struct still still;
	int code;

	if (!worker || !message || (message->size > 0 && !message->bytes) ||
	    (message->fd_count > 0 && !message->fds))
		return EINVAL;
	frame.head.tag = message->tag;
	frame.bytes = message->bytes;
	frame.size = (size_t)message->size;
	frame.fds = message->fds;
	frame.fd_count = message->fd_count;
	still_begin(&still);
	code = libspawn__talk_send(worker, &frame,
				   libspawn__moment_after(timeout_ms));
	still_end(&still);
	return -code;
}

/* ---- Receiving --------------------------------------------------------- */

static int refuse(struct libspawn_worker *worker, int code)
{
	worker->refused = code;
	return code;
}

/* The worker, or its template, says why there will be none. */
static int note_refusal(struct libspawn_worker *worker)
{
	const struct inbound *frame = &worker->inbound;
	size_t length = frame->got;

	if (length >= sizeof worker->reason)
		length = sizeof worker->reason - 1;
	memcpy(worker->reason, frame->room, length);
	worker->reason[length] = '\0';
	/* ETIMEDOUT would be no end of it. */
	return refuse(worker,
		      frame->head.code > 0 && frame->head.code != ETIMEDOUT
			      ? -frame->head.code
			      : -EPROTO);
}

static int judge_size(struct libspawn_worker *worker)
{
	return worker->inbound.got > worker->message_max
		       ? refuse(worker, -EMSGSIZE)
		       : 1;
}

static int note_ready(struct libspawn_worker *worker)
{
	if (worker->is_ready)
		return refuse(worker, -EPROTO);
	worker->is_ready = 1;
	return 0;
}

/* 1 if it is the user's, 0 if it was about the worker, or -errno. */
static int sort_frame(struct libspawn_worker *worker)
{
	const struct frame_head *head = &worker->inbound.head;

	switch (worker->is_self ? head->kind | OF_SELF : head->kind) {
	case FRAME_MESSAGE | OF_SELF:
	case FRAME_MESSAGE:
	case FRAME_RESULT: return judge_size(worker);
	case FRAME_KILL | OF_SELF:
	case FRAME_FORK | OF_SELF: return 1;
	case FRAME_REFUSED: return note_refusal(worker);
	case FRAME_READY: return note_ready(worker);
	case FRAME_BORN: return libspawn__nursery_note(worker);
	case FRAME_END: return libspawn__nursery_note_end(worker);
	default: return refuse(worker, -EPROTO);
	}
}

/* What is not a message has bytes of its own, and never many. */
static uint64_t most_bytes(const struct libspawn_worker *worker)
{
	return worker->message_max > FRAME_BYTES_INSIDE ? worker->message_max
							: FRAME_BYTES_INSIDE;
}

static int receive_one(struct libspawn_worker *worker, int64_t moment)
{
	const struct outlook from = { worker->fd, worker->process.pidfd, moment,
				      most_bytes(worker), worker->fds_max };
	int code = worker->refused;

	if (code == 0)
		code = libspawn__frame_receive(&from, &worker->inbound);
	if (code == -EPROTO || code == -EMSGSIZE)
		refuse(worker, code);
	if (code == 0)
		code = sort_frame(worker);
	if (code < 0)
		libspawn__frame_drop(&worker->inbound);
	return code;
}

int libspawn__talk_receive(struct libspawn_worker *worker, int64_t moment)
{
	int code;

	do
		code = receive_one(worker, moment);
	while (code == 0);
	return code < 0 ? code : 0;
}

/* A message has no place there. */
int libspawn__talk_listen(struct libspawn_worker *worker, int64_t moment)
{
	int code = receive_one(worker, moment);

	return code > 0 ? refuse(worker, -EPROTO) : code;
}

int libspawn__talk_await_ready(struct libspawn_worker *worker, int64_t moment)
{
	int code = 0;

	while (code == 0 && !worker->is_ready)
		code = libspawn__talk_listen(worker, moment);
	return code;
}

int libspawn__talk_await_birth(struct libspawn_worker *worker, int64_t moment)
{
	int code = 0;

	while (code == 0 && worker->way == 0)
		code = libspawn__talk_listen(worker, moment);
	return code;
}

void libspawn__talk_tell(struct libspawn_message *message,
			 const struct inbound *frame)
{
	memset(message, 0, sizeof *message);
	message->size = frame->got;
	message->tag = frame->head.tag;
	message->bytes = frame->room;
	message->fds = frame->fds;
	message->fd_count = frame->fd_count;
}

int libspawn_worker_receive(struct libspawn_worker *worker,
			    struct libspawn_message *message,
			    int64_t timeout_ms)
{
	struct still still;
	int code;

	if (!worker || !message)
		return EINVAL;
	still_begin(&still);
	code = libspawn__talk_receive(worker,
				      libspawn__moment_after(timeout_ms));
	if (code == 0 && worker->inbound.head.kind != FRAME_MESSAGE)
		code = refuse(worker, -EPROTO);
	if (code == 0) {
		libspawn__talk_tell(message, &worker->inbound);
		/* They are the receiver's. */
		worker->inbound.fd_count = 0;
	}
	still_end(&still);
	return -code;
}

int32_t libspawn_worker_fd(const struct libspawn_worker *worker)
{
	return worker ? worker->fd : -1;
}

const void *libspawn_worker_data(const struct libspawn_worker *self,
				 uint64_t *size)
{
	if (size)
		*size = self ? self->data_size : 0;
	return self ? self->data : NULL;
}
