/* SPDX-License-Identifier: MIT */
/*
 * Moves what can be moved, once and without waiting. What an end of a pty means
 * is decided elsewhere.
 */
#define _GNU_SOURCE
#include "stream.h"
#include "terminal.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

bool stream_is_empty(const struct stream *stream)
{
	return stream->sent == stream->have;
}

void stream_watch(const struct stream *stream, struct pollfd *polled,
		  bool may_read)
{
	bool empty = stream_is_empty(stream);
	bool reads = may_read && empty && !stream->rests && stream->left > 0;

	polled[0].fd = stream->open && reads ? stream->from : -1;
	polled[0].events = POLLIN;
	polled[0].revents = 0;
	polled[1].fd = stream->open ? stream->to : -1;
	polled[1].events = empty ? 0 : POLLOUT;
	polled[1].revents = 0;
}

/* One that is closed is at its end, and so is a terminal that went away. */
static bool is_end(int fd, int code)
{
	struct stat status;

	return code == EBADF || (code == EIO && fstat(fd, &status) == 0 &&
				 S_ISCHR(status.st_mode));
}

bool stream_fill(struct stream *stream)
{
	size_t most = stream->left < STREAM_CHUNK ? stream->left : STREAM_CHUNK;
	ssize_t count = read(stream->from, stream->buffer, most);

	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (count < 0 && stream->is_input && !is_end(stream->from, errno))
		stream->unread = errno;
	if (count <= 0)
		return false;
	stream->have = (size_t)count;
	stream->sent = 0;
	if (stream->left != STREAM_UNLIMITED)
		stream->left -= (size_t)count;
	return true;
}

int stream_drain(struct stream *stream)
{
	ssize_t count = write(stream->to, stream->buffer + stream->sent,
			      stream->have - stream->sent);

	if (count < 0 && errno != EINTR && errno != EAGAIN)
		return errno;
	if (count > 0)
		stream->sent += (size_t)count;
	if (stream_is_empty(stream) && stream->from < 0)
		stream_end(stream);
	return 0;
}

void stream_end(struct stream *stream)
{
	if (!stream->has_pty)
		close(stream->is_input ? stream->to : stream->from);
	stream->open = false;
}

/* A terminal is not closed: its user types ^D, after half a line twice. */
void stream_end_reading(struct stream *stream)
{
	bool line_begun =
		stream->have > 0 && stream->buffer[stream->have - 1] != '\n';

	if (!stream->has_pty || !stream->is_input) {
		stream_end(stream);
		return;
	}
	stream->from = -1;
	stream->buffer[0] = stream->buffer[1] = end_of_file_key(stream->to);
	stream->have = line_begun ? 2 : 1;
	stream->sent = 0;
}
