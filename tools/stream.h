/* SPDX-License-Identifier: MIT */
/* One way for bytes: from a descriptor through a buffer to another. */
#ifndef TOOLS_STREAM_H
#define TOOLS_STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A write of PIPE_BUF to a pipe that poll() calls writable never blocks. */
#define STREAM_CHUNK 4096
#define STREAM_UNLIMITED SIZE_MAX
/* Rows of poll() for each stream. */
#define STREAM_POLLED 2

struct stream {
	int from; /* -1: it has ended, what is in the buffer is the last */
	int to;
	bool open;
	bool is_input;
	bool has_pty;
	bool rests;  /* nobody else has the pty open */
	size_t left; /* to be read before we leave */
	size_t have; /* bytes in the buffer */
	size_t sent; /* of these */
	int unread;  /* errno of what of the input can't be read, or 0 */
	char buffer[STREAM_CHUNK];
};

bool stream_is_empty(const struct stream *stream);

/* Two rows of poll(): where it reads, if it may, and where it writes. */
void stream_watch(const struct stream *stream, struct pollfd *polled,
		  bool may_read);

/* Read into the empty buffer: true, or false if that is at its end. */
bool stream_fill(struct stream *stream);
/* Write of the buffer: 0, or the errno of what can't be written. */
int stream_drain(struct stream *stream);

/* No more will be read: what is in the buffer, or a key for it, is the last. */
void stream_end_reading(struct stream *stream);
/* A pipe is closed for the program to see; a pty's end is not the program's. */
void stream_end(struct stream *stream);

#endif
