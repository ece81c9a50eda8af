/* SPDX-License-Identifier: MIT */
/*
 * What a worker is handed over: the name of its function, the limits of its
 * channel, its leash and its data. It goes as the first frame of its channel,
 * or with the request to its template.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workers/worker.h"

/* ---- In the caller ----------------------------------------------------- */

static int name_function(struct hello *hello, const char *function)
{
	size_t length = strlen(function);

	if (length > LIBSPAWN_FUNCTION_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(hello->function, function, length + 1);
	return 0;
}

/* A block of the caller's, or one for data that are many. */
static int choose_block(struct hand_over *hand_over)
{
	const struct libspawn_worker_how *how = hand_over->how;
	int64_t size;

	if (how->flags & LIBSPAWN_WORKER_BLOCK) {
		size = libspawn__sealed_size(how->block_fd);
		if (size <= 0)
			return size < 0 ? (int)size : -EINVAL;
		hand_over->block = how->block_fd;
	} else if (how->data_size > HELLO_DATA_INSIDE) {
		hand_over->block =
			libspawn__sealed_make(how->data, how->data_size);
		hand_over->block_is_made = 1;
	} else {
		hand_over->hello.data_size = how->data_size;
		return 0;
	}
	hand_over->hello.has |= HELLO_HAS_BLOCK;
	return hand_over->block < 0 ? hand_over->block : 0;
}

int libspawn__hand_over_begin(struct hand_over *hand_over, const char *function,
			      const struct libspawn_worker_how *how)
{
	int code;

	memset(hand_over, 0, sizeof *hand_over);
	hand_over->how = how;
	hand_over->leash = -1;
	hand_over->block = -1;
	hand_over->nursery = -1;
	hand_over->hello.message_max = how->message_max;
	hand_over->hello.message_fds = how->message_fds;
	code = name_function(&hand_over->hello, function);
	return code < 0 ? code : choose_block(hand_over);
}

void libspawn__hand_over_end(struct hand_over *hand_over)
{
	if (hand_over->block_is_made)
		libspawn__descriptors_close(&hand_over->block);
}

static void add_descriptor(struct outbound *frame, int32_t *fds, int32_t fd)
{
	if (fd >= 0)
		fds[frame->fd_count++] = fd;
}

int libspawn__hand_over_send(const struct hand_over *hand_over,
			     const struct outlook *to, uint32_t kind,
			     int32_t first, uint64_t tag)
{
	unsigned char room[sizeof(struct hello) + HELLO_DATA_INSIDE];
	struct hello hello = hand_over->hello;
	int32_t fds[HELLO_FDS + 1];
	struct outbound frame = { .head = { .kind = kind, .tag = tag },
				  .bytes = room,
				  .fds = fds };

	hello.has |= hand_over->leash >= 0 ? HELLO_HAS_LEASH : 0;
	hello.has |= hand_over->nursery >= 0 ? HELLO_HAS_NURSERY : 0;
	add_descriptor(&frame, fds, first);
	add_descriptor(&frame, fds, hand_over->leash);
	add_descriptor(&frame, fds, hand_over->block);
	add_descriptor(&frame, fds, hand_over->nursery);
	memcpy(room, &hello, sizeof hello);
	if (hello.data_size > 0)
		memcpy(room + sizeof hello, hand_over->how->data,
		       (size_t)hello.data_size);
	frame.size = sizeof hello + (size_t)hello.data_size;
	return libspawn__frame_send(to, &frame);
}

/* ---- In the worker ----------------------------------------------------- */

static int take_hello(struct libspawn_worker *self, struct hello *hello,
		      const struct inbound *frame)
{
	if (frame->got < sizeof *hello)
		return -EPROTO;
	memcpy(hello, frame->room, sizeof *hello);
	hello->function[WORKER_NAME_ROOM - 1] = '\0';
	if (frame->got != sizeof *hello + hello->data_size)
		return -EPROTO;
	memcpy(self->function, hello->function, sizeof self->function);
	self->message_max = hello->message_max;
	self->fds_max = LIBSPAWN_MESSAGE_FDS_MAX;
	self->fds_most = hello->message_fds;
	return 0;
}

/* One that is not said to be there is none. */
static int32_t take_descriptor(struct inbound *frame, uint32_t *next, int has)
{
	int32_t fd;

	if (!has || *next >= frame->fd_count)
		return -1;
	fd = frame->fds[*next];
	frame->fds[(*next)++] = -1;
	return fd;
}

static int copy_given(struct libspawn_worker *self, const unsigned char *bytes,
		      uint64_t size)
{
	void *copy;

	if (size == 0)
		return 0;
	copy = malloc((size_t)size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, (size_t)size);
	self->data = copy;
	self->data_size = size;
	return 0;
}

static int map_given(struct libspawn_worker *self, int32_t *fd)
{
	int code = libspawn_block_map(&self->data, &self->data_size, *fd);

	self->data_is_mapped = code == 0;
	libspawn__descriptors_close(fd);
	return -code;
}

int libspawn__hand_over_take(struct libspawn_worker *self,
			     struct inbound *frame, uint32_t first)
{
	struct hello hello;
	int32_t block;
	int code = take_hello(self, &hello, frame);

	if (code < 0)
		return code;
	self->leash =
		take_descriptor(frame, &first, hello.has & HELLO_HAS_LEASH);
	block = take_descriptor(frame, &first, hello.has & HELLO_HAS_BLOCK);
	if (block >= 0)
		return map_given(self, &block);
	return copy_given(self, frame->room + sizeof hello, hello.data_size);
}
