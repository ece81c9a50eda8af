/* SPDX-License-Identifier: MIT */
/*
 * The wire of Linux: a pair of sockets that keep packets apart. A frame is one
 * packet, so it is sent whole or not at all, and received in one call.
 */
#define _GNU_SOURCE
#include "workers/frame.h"
#include "workers/on_linux.h"

#if ON_LINUX

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Room for a hello and a task at once; the system may allow less. */
enum { SOCKET_ROOM = 4 * FRAME_BYTES_INSIDE };

int libspawn__wire_pair(int32_t ends[2])
{
	const int room = SOCKET_ROOM;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	for (int n = 0; n < 2; n++)
		setsockopt(ends[n], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	return libspawn__descriptors_tuck_pair(ends);
}

int libspawn__wire_is_boundless(void)
{
	return 0;
}

static int send_packet(int fd, const struct outbound *frame)
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
	if (sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == ECONNRESET ? -EPIPE : -errno;
}

int libspawn__wire_send(const struct outlook *to, const struct outbound *frame)
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

static int receive_packet(int fd, struct inbound *frame, int flags)
{
	union {
		struct cmsghdr aligned;
		char bytes[WIRE_CONTROL_SIZE];
	} control;
	struct iovec parts[2] = {
		{ &frame->head, sizeof frame->head },
		{ frame->room, frame->room_size },
	};
	struct msghdr message = { .msg_iov = parts,
				  .msg_iovlen = 2,
				  .msg_control = &control,
				  .msg_controllen = sizeof control };
	ssize_t got = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
	int code;

	if (got < 0)
		return -errno;
	/* An empty packet looks like the end, but may bring descriptors. */
	code = libspawn__wire_detach(&message, frame);
	if (got == 0 && frame->fd_count == 0)
		return -EPIPE;
	if (message.msg_flags & MSG_TRUNC || got < (ssize_t)sizeof frame->head)
		return -EPROTO;
	frame->got = (size_t)got - sizeof frame->head;
	return code;
}

/*
 * ECONNRESET comes once, when the other end was closed with something unread in
 * it, and before what it had sent. Who looks at no other process and waits for
 * ever needs one call.
 */
int libspawn__wire_receive(const struct outlook *from, struct inbound *frame)
{
	int at_once = from->pidfd >= 0 || from->moment != INT64_MAX;
	int flags = at_once ? MSG_DONTWAIT : 0;
	int code;

	for (;;) {
		code = receive_packet(from->fd, frame, flags);
		if (code == -EAGAIN)
			code = libspawn__wire_await(from, POLLIN);
		else if (code != -EINTR && code != -ECONNRESET)
			return code;
		if (code < 0 && code != -EINTR && code != -ECONNRESET)
			return code;
	}
}

#endif
