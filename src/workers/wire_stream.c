/* SPDX-License-Identifier: MIT */
/*
 * The wire of other systems than Linux: a pair of sockets with a stream of
 * bytes, in which a frame follows the other. Once a frame has begun it is
 * finished, so that the next one is found: the other end has FINISH_MS for it,
 * and is refused then.
 */
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "workers/frame.h"
#include "workers/on_linux.h"

#if !ON_LINUX

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "workers/moment.h"

enum { FINISH_MS = 10000 };

/* Where SIGPIPE can't be held back for one call, the socket does so. */
#ifdef MSG_NOSIGNAL
#define NO_SIGNAL MSG_NOSIGNAL
#define NO_SIGNAL_OPTION 0
#else
#define NO_SIGNAL 0
#define NO_SIGNAL_OPTION SO_NOSIGPIPE
#endif

static void hold_back_signals(int fd)
{
	const int on = 1;

	if (NO_SIGNAL_OPTION != 0)
		setsockopt(fd, SOL_SOCKET, NO_SIGNAL_OPTION, &on, sizeof on);
}

int libspawn__wire_pair(int32_t ends[2])
{
	int code;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return -errno;
	code = libspawn__descriptors_tuck_pair(ends);
	if (code < 0)
		return code;
	hold_back_signals(ends[0]);
	hold_back_signals(ends[1]);
	return 0;
}

int libspawn__wire_is_boundless(void)
{
	return 1;
}

static int is_no_end(int code)
{
	return code == -EAGAIN || code == -EWOULDBLOCK || code == -EINTR;
}

/* One that has begun may not be left, and not be waited for without end. */
static void begin_frame(struct outlook *outlook, int *begun)
{
	if (!*begun)
		outlook->moment = libspawn__moment_after(FINISH_MS);
	*begun = 1;
}

static int judge_wait(int code, int begun)
{
	return begun && code == -ETIMEDOUT ? -EPROTO : code;
}

/* How many bytes went, or -errno. */
static ssize_t send_some(int fd, const void *bytes, size_t size,
			 const struct outbound *frame)
{
	union {
		struct cmsghdr aligned;
		char bytes[WIRE_CONTROL_SIZE];
	} control;
	struct iovec part = { (void *)(uintptr_t)bytes, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t sent;

	if (frame)
		libspawn__wire_attach(&message, &control, frame->fds,
				      frame->fd_count);
	sent = sendmsg(fd, &message, MSG_DONTWAIT | NO_SIGNAL);
	if (sent >= 0)
		return sent;
	return errno == ECONNRESET ? -EPIPE : -errno;
}

/* All of them; descriptors go with the first. */
static int send_whole(struct outlook *to, const void *bytes, size_t size,
		      const struct outbound *frame, int *begun)
{
	const char *next = bytes;
	ssize_t sent;
	int code;

	while (size > 0) {
		sent = send_some(to->fd, next, size, frame);
		if (sent < 0 && !is_no_end((int)sent))
			return (int)sent;
		code = sent == -EAGAIN || sent == -EWOULDBLOCK
			       ? libspawn__wire_await(to, POLLOUT)
			       : 0;
		if (code < 0)
			return judge_wait(code, *begun);
		if (sent <= 0)
			continue;
		next += sent;
		size -= (size_t)sent;
		frame = NULL;
		begin_frame(to, begun);
	}
	return 0;
}

int libspawn__wire_send(const struct outlook *to, const struct outbound *frame)
{
	struct outlook wait = *to;
	int begun = 0;
	int code;

	code = send_whole(&wait, &frame->head, sizeof frame->head, frame,
			  &begun);
	if (code < 0)
		return code;
	return send_whole(&wait, frame->bytes, frame->size, NULL, &begun);
}

static ssize_t receive_some(int fd, void *bytes, size_t size,
			    struct inbound *frame)
{
	union {
		struct cmsghdr aligned;
		char bytes[WIRE_CONTROL_SIZE];
	} control;
	struct iovec part = { bytes, size };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof control };
	ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);
	int code;

	if (got < 0)
		return errno == ECONNRESET ? -EINTR : -errno;
	code = libspawn__wire_detach(&message, frame);
	if (code < 0)
		return code;
	return got == 0 ? -EPIPE : got;
}

static int receive_all(struct outlook *from, void *bytes, size_t size,
		       struct inbound *frame, int *begun)
{
	char *next = bytes;
	ssize_t got;
	int code;

	while (size > 0) {
		got = receive_some(from->fd, next, size, frame);
		if (got < 0 && !is_no_end((int)got))
			return (int)got;
		code = got == -EAGAIN || got == -EWOULDBLOCK
			       ? libspawn__wire_await(from, POLLIN)
			       : 0;
		if (code < 0)
			return judge_wait(code, *begun);
		if (got <= 0)
			continue;
		next += got;
		size -= (size_t)got;
		begin_frame(from, begun);
	}
	return 0;
}

int libspawn__wire_receive(const struct outlook *from, struct inbound *frame)
{
	struct outlook wait = *from;
	int begun = 0;
	int code;

	code = receive_all(&wait, &frame->head, sizeof frame->head, frame,
			   &begun);
	if (code < 0)
		return code;
	if (frame->head.magic != FRAME_MAGIC)
		return -EPROTO;
	if (frame->head.size > from->size_max)
		return -EMSGSIZE;
	code = libspawn__frame_make_room(frame, (size_t)frame->head.size);
	if (code < 0)
		return code;
	code = receive_all(&wait, frame->room, (size_t)frame->head.size, frame,
			   &begun);
	frame->got = (size_t)frame->head.size;
	return code == -EPIPE ? -EPROTO : code;
}

#endif
