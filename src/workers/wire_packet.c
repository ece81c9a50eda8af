/* SPDX-License-Identifier: MIT */
/*
 * The wire of Linux: a pair of sockets that keep packets apart. A frame is one
 * packet, so it is sent whole or not at all, and received in one call. That is
 * recv(), which costs less than recvmsg() but loses descriptors: a packet with
 * some is announced by one of its own. A sender that gave up between the two
 * has announced nothing: whatever packet is next is received by recvmsg().
 */
#define _GNU_SOURCE
#include "workers/frame.h"
#include "workers/on_linux.h"

#if ON_LINUX

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "workers/moment.h"

enum {
	/* Room for a hello and a task at once; the system may allow less. */
	SOCKET_ROOM = 4 * FRAME_BYTES_INSIDE,
	/* So long the caller sleeps on the wire alone, which is one call. */
	SLEEP_MS = 100,
	/* As many bytes are copied to their head, for a plain send(). */
	FEW_BYTES = 1024,
	/* Announcements in a row: more than fit into a socket are a flood. */
	ANNOUNCED_MOST = 1024,
};

/* The worker has nobody else to look at: its end sleeps as long as it takes. */
static int set_up_ends(const int32_t ends[2])
{
	const int room = SOCKET_ROOM;
	const struct timeval sleep = { .tv_usec = SLEEP_MS * 1000 };

	for (int n = 0; n < 2; n++)
		setsockopt(ends[n], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	return setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &sleep,
			  sizeof sleep) < 0
		       ? -errno
		       : 0;
}

int libspawn__wire_pair(int32_t ends[2])
{
	int code;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	code = libspawn__descriptors_tuck_pair(ends);
	if (code == 0)
		code = set_up_ends(ends);
	if (code < 0) {
		libspawn__descriptors_close(&ends[0]);
		libspawn__descriptors_close(&ends[1]);
	}
	return code;
}

int libspawn__wire_is_boundless(void)
{
	return 0;
}

/*
 * Before Linux 6.2 a sender that meets the closing of the other end takes the
 * pair apart: ECONNREFUSED then, and ENOTCONN for all that comes after.
 */
static int code_of(int error)
{
	return error == ECONNREFUSED || error == ENOTCONN ? -EPIPE : -error;
}

static ssize_t send_few(int fd, const struct outbound *frame)
{
	char bytes[sizeof frame->head + FEW_BYTES];

	memcpy(bytes, &frame->head, sizeof frame->head);
	if (frame->size > 0)
		memcpy(bytes + sizeof frame->head, frame->bytes, frame->size);
	return send(fd, bytes, sizeof frame->head + frame->size,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
}

static ssize_t send_parts(int fd, const struct outbound *frame)
{
	union {
		struct cmsghdr aligned;
		char bytes[WIRE_CONTROL_SIZE];
	} control;
	struct iovec parts[2] = {
		{ (void *)(uintptr_t)&frame->head, sizeof frame->head },
		{ (void *)(uintptr_t)frame->bytes, frame->size },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	libspawn__wire_attach(&message, &control, frame->fds, frame->fd_count);
	return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int send_packet(int fd, const struct outbound *frame)
{
	int is_little = frame->fd_count == 0 && frame->size <= FEW_BYTES;

	if ((is_little ? send_few : send_parts)(fd, frame) >= 0)
		return 0;
	return errno == ECONNRESET ? -EPIPE : code_of(errno);
}

static int send_whole(const struct outlook *to, const struct outbound *frame)
{
	int code;

	for (;;) {
		code = send_packet(to->fd, frame);
		if (code != -EAGAIN && code != -EINTR)
			return code;
		if (code == -EAGAIN)
			code = libspawn__wire_await(to, POLLOUT);
		if (code < 0 && code != -EINTR)
			return code;
	}
}

static int announce_descriptors(const struct outlook *to)
{
	const struct outbound word = {
		.head = { .magic = FRAME_MAGIC, .kind = FRAME_DESCRIPTORS },
	};

	return send_whole(to, &word);
}

int libspawn__wire_send(const struct outlook *to, const struct outbound *frame)
{
	int code = frame->fd_count > 0 ? announce_descriptors(to) : 0;

	return code < 0 ? code : send_whole(to, frame);
}

static int take_packet(struct inbound *frame, size_t got, int is_cut)
{
	if (is_cut || got < sizeof frame->head)
		return -EPROTO;
	memcpy(&frame->head, frame->packet, sizeof frame->head);
	frame->got = got - sizeof frame->head;
	return 0;
}

static int receive_bytes(int fd, struct inbound *frame, int flags)
{
	size_t room = sizeof frame->head + frame->room_size;
	ssize_t got = recv(fd, frame->packet, room, flags | MSG_TRUNC);

	if (got < 0)
		return code_of(errno);
	return got == 0 ? -EPIPE
			: take_packet(frame, (size_t)got, (size_t)got > room);
}

static int receive_with_descriptors(int fd, struct inbound *frame, int flags)
{
	union {
		struct cmsghdr aligned;
		char bytes[WIRE_CONTROL_SIZE];
	} control;
	struct iovec part = { frame->packet,
			      sizeof frame->head + frame->room_size };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof control };
	ssize_t got = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
	int code, lack;

	if (got < 0)
		return code_of(errno);
	/* An empty packet looks like the end, but may bring descriptors. */
	lack = libspawn__wire_detach(&message, frame);
	if (got == 0 && frame->fd_count == 0)
		return -EPIPE;
	code = take_packet(frame, (size_t)got, message.msg_flags & MSG_TRUNC);
	return code < 0 ? code : lack;
}

static int is_announcement(const struct inbound *frame)
{
	const struct frame_head *head = &frame->head;

	return head->kind == FRAME_DESCRIPTORS && head->magic == FRAME_MAGIC &&
	       head->size == 0 && frame->got == 0 && frame->fd_count == 0;
}

/* -EINTR: it was an announcement, and there is another to receive. */
static int receive_packet(int fd, struct inbound *frame, int flags)
{
	int code = (frame->announced > 0 ? receive_with_descriptors
					 : receive_bytes)(fd, frame, flags);

	if (code < 0)
		return code;
	if (!is_announcement(frame)) {
		frame->announced = 0;
		return 0;
	}
	return ++frame->announced > ANNOUNCED_MOST ? -EPROTO : -EINTR;
}

static int may_sleep(const struct outlook *from)
{
	if (from->moment == MOMENT_NEVER)
		return 1;
	return from->pidfd >= 0 &&
	       libspawn__moment_timeout(from->moment) > SLEEP_MS;
}

/*
 * ECONNRESET comes once, when the other end was closed with something unread in
 * it, and before what it had sent. An answer that comes soon costs one call; in
 * a longer wait the other process is looked at as well.
 */
int libspawn__wire_receive(const struct outlook *from, struct inbound *frame)
{
	int flags = may_sleep(from) ? 0 : MSG_DONTWAIT;
	int code;

	for (;;) {
		code = receive_packet(from->fd, frame, flags);
		flags = MSG_DONTWAIT;
		if (code == -EAGAIN)
			code = libspawn__wire_await(from, POLLIN);
		else if (code != -EINTR && code != -ECONNRESET)
			return code;
		if (code < 0 && code != -EINTR && code != -ECONNRESET)
			return code;
	}
}

#endif
