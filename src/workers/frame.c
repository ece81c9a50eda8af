/* SPDX-License-Identifier: MIT */
/*
 * Frames, whole and judged: what is sent is made small enough for the wire, and
 * what is received is taken for nothing before it is seen to be a frame.
 */
#define _GNU_SOURCE
#include "workers/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As much memory as the first frame needs, and no more for the next. */
enum { FIRST_ROOM = FRAME_BYTES_INSIDE };

/* ---- Sending ----------------------------------------------------------- */

static int send_in_memfd(const struct outlook *to, struct outbound *frame)
{
	int32_t fds[FRAME_FDS_MAX];
	int32_t memfd = libspawn__sealed_make_parcel(frame->bytes, frame->size);
	int code;

	if (memfd < 0)
		return memfd;
	if (frame->fd_count > 0)
		memcpy(fds, frame->fds, frame->fd_count * sizeof *fds);
	fds[frame->fd_count++] = memfd;
	frame->fds = fds;
	frame->size = 0;
	frame->head.flags = FRAME_IN_MEMFD;
	code = libspawn__wire_send(to, frame);
	libspawn__descriptors_close(&memfd);
	return code;
}

int libspawn__frame_send(const struct outlook *to, struct outbound *frame)
{
	frame->head.magic = FRAME_MAGIC;
	frame->head.size = frame->size;
	frame->head.fd_count = frame->fd_count;
	if (frame->size <= FRAME_BYTES_INSIDE || libspawn__wire_is_boundless())
		return libspawn__wire_send(to, frame);
	return send_in_memfd(to, frame);
}

/* ---- Receiving --------------------------------------------------------- */

void libspawn__frame_drop(struct inbound *frame)
{
	while (frame->fd_count > 0)
		libspawn__descriptors_close(&frame->fds[--frame->fd_count]);
}

void libspawn__frame_free(struct inbound *frame)
{
	libspawn__frame_drop(frame);
	free(frame->packet);
	memset(frame, 0, sizeof *frame);
}

int libspawn__frame_make_room(struct inbound *frame, size_t size)
{
	unsigned char *packet;

	if (size <= frame->room_size)
		return 0;
	if (size > SIZE_MAX - sizeof frame->head)
		return -ENOMEM;
	packet = realloc(frame->packet, sizeof frame->head + size);
	if (!packet)
		return -ENOMEM;
	frame->packet = packet;
	frame->room = packet + sizeof frame->head;
	frame->room_size = size;
	return 0;
}

static int is_frame(const struct inbound *frame)
{
	const struct frame_head *head = &frame->head;
	uint32_t in_memfd = head->flags & FRAME_IN_MEMFD;

	return head->magic == FRAME_MAGIC && head->spare == 0 &&
	       (head->flags & ~FRAME_IN_MEMFD) == 0 &&
	       frame->got == (in_memfd ? 0 : head->size);
}

/* Of the message, and the memfd that its bytes may be in. */
static uint32_t descriptors_told(const struct frame_head *head)
{
	return head->fd_count + (head->flags & FRAME_IN_MEMFD ? 1 : 0);
}

/* Fewer than it says have come: this process can hold no more. */
static int judge_descriptors(const struct inbound *frame, uint32_t most)
{
	uint32_t told = descriptors_told(&frame->head);

	if (frame->head.fd_count > most)
		return -EMSGSIZE;
	if (frame->fd_count < told)
		return -EMFILE;
	return frame->fd_count > told ? -EPROTO : 0;
}

static int judge_frame(const struct inbound *frame, const struct outlook *from)
{
	if (!is_frame(frame))
		return -EPROTO;
	if (frame->head.size > from->size_max)
		return -EMSGSIZE;
	return judge_descriptors(frame, from->fds_max);
}

/* It is copied, not mapped: changed or cut meanwhile it hurts nobody else. */
static int read_memfd(struct inbound *frame)
{
	size_t size = (size_t)frame->head.size;
	int32_t memfd = frame->fds[--frame->fd_count];
	int code = 0;

	if (libspawn__sealed_parcel_size(memfd) != (int64_t)size)
		code = -EPROTO;
	if (code == 0)
		code = libspawn__frame_make_room(frame, size);
	if (code == 0)
		code = libspawn__sealed_read(memfd, frame->room, size);
	if (code == 0)
		frame->got = size;
	libspawn__descriptors_close(&memfd);
	return code;
}

/* The kernel's word for descriptors that had no room is the same for both. */
static int tell_lack(const struct inbound *frame, const struct outlook *from)
{
	if (is_frame(frame) && frame->head.fd_count <= from->fds_max &&
	    frame->fd_count < descriptors_told(&frame->head))
		return -EMFILE;
	return -EPROTO;
}

int libspawn__frame_receive(const struct outlook *from, struct inbound *frame)
{
	int code;

	libspawn__frame_drop(frame);
	memset(&frame->head, 0, sizeof frame->head);
	frame->got = 0;
	code = libspawn__frame_make_room(frame, FIRST_ROOM);
	if (code < 0)
		return code;
	code = libspawn__wire_receive(from, frame);
	if (code == -EPROTO)
		code = tell_lack(frame, from);
	if (code == 0)
		code = judge_frame(frame, from);
	if (code == 0 && frame->head.flags & FRAME_IN_MEMFD)
		code = read_memfd(frame);
	if (code < 0)
		libspawn__frame_drop(frame);
	return code;
}
