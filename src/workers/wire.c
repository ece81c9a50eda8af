/* SPDX-License-Identifier: MIT */
/*
 * What both kinds of wire share: waiting, without missing the end of the other
 * process whoever else holds its end of the wire; and descriptors in messages.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "workers/frame.h"
#include "workers/moment.h"

/* What it sent before its end is read before that is told. */
static int look_once_more(int fd, short events)
{
	struct pollfd wire = { .fd = fd, .events = events };

	return poll(&wire, 1, 0) > 0 ? 0 : -EPIPE;
}

int libspawn__wire_await(const struct outlook *outlook, int events)
{
	struct pollfd both[2] = {
		{ .fd = outlook->fd, .events = (short)events },
		{ .fd = outlook->pidfd, .events = POLLIN },
	};
	nfds_t count = outlook->pidfd >= 0 ? 2 : 1;
	int ready;

	do
		ready = poll(both, count,
			     libspawn__moment_left(outlook->moment));
	while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	if (both[0].revents)
		return 0;
	if (ready > 0)
		return look_once_more(outlook->fd, (short)events);
	/* A timeout beyond what poll() takes is waited for in pieces. */
	return libspawn__moment_timeout(outlook->moment) == 0 ? -ETIMEDOUT : 0;
}

void libspawn__wire_attach(struct msghdr *message, void *control,
			   const int32_t *fds, uint32_t count)
{
	struct cmsghdr *header;

	if (count == 0)
		return;
	memset(control, 0, WIRE_CONTROL_SIZE);
	message->msg_control = control;
	message->msg_controllen = CMSG_SPACE(count * sizeof(int));
	header = CMSG_FIRSTHDR(message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, count * sizeof(int));
}

static void take_descriptors(struct inbound *frame, struct cmsghdr *header)
{
	size_t bytes = header->cmsg_len - CMSG_LEN(0);
	const unsigned char *data = CMSG_DATA(header);
	int fd;

	for (size_t at = 0; at + sizeof fd <= bytes; at += sizeof fd) {
		memcpy(&fd, data + at, sizeof fd);
		fd = libspawn__descriptors_tuck(fd);
		if (fd >= 0 && frame->fd_count < FRAME_FDS_MAX)
			frame->fds[frame->fd_count++] = fd;
		else
			libspawn__descriptors_close(&fd);
	}
}

/* musl's CMSG_NXTHDR() compares what differs in sign. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wsign-compare"
#endif

int libspawn__wire_detach(struct msghdr *message, struct inbound *frame)
{
	struct cmsghdr *header;

	for (header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header))
		if (header->cmsg_level == SOL_SOCKET &&
		    header->cmsg_type == SCM_RIGHTS)
			take_descriptors(frame, header);
	return message->msg_flags & MSG_CTRUNC ? -EPROTO : 0;
}
