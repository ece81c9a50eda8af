/* SPDX-License-Identifier: MIT */
/*
 * Moves bytes between `spawn` and the program. Never blocks on one stream while
 * another could go on: a program that writes before it has read everything
 * would wait for us for ever. Nor does it wait for a grandchild that keeps a
 * pipe open after the program has ended.
 */
#define _GNU_SOURCE
#include "relay.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* A write of PIPE_BUF to a pipe that poll() calls writable never blocks. */
#define CHUNK 4096
#define SILENCE_MS 100

struct stream {
	int from;
	int to;
	bool open;
	bool into_pty; /* its end of file is a key, not a close */
	int owned;     /* closed with the stream, for the program to see */
	size_t have;   /* bytes in the buffer */
	size_t sent;   /* of these */
	char buffer[CHUNK];
};

static bool is_empty(const struct stream *stream)
{
	return stream->sent == stream->have;
}

static void end_stream(struct stream *stream)
{
	if (stream->owned >= 0)
		close(stream->owned);
	stream->open = false;
}

/* At the end of input a terminal is not closed: its user types ^D. */
static void end_input(struct stream *stream)
{
	bool line_begun =
		stream->have > 0 && stream->buffer[stream->have - 1] != '\n';

	if (!stream->into_pty) {
		end_stream(stream);
		return;
	}
	stream->into_pty = false;
	stream->from = -1;
	stream->buffer[0] = stream->buffer[1] = end_of_file_key(stream->to);
	stream->have = line_begun ? 2 : 1;
	stream->sent = 0;
}

static void fill(struct stream *stream)
{
	ssize_t count = read(stream->from, stream->buffer, CHUNK);

	if (count > 0) {
		stream->have = (size_t)count;
		stream->sent = 0;
	} else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
		/* A pty whose other side is closed answers EIO. */
		end_input(stream);
	}
}

static void drain(struct stream *stream)
{
	ssize_t count = write(stream->to, stream->buffer + stream->sent,
			      stream->have - stream->sent);

	if (count > 0)
		stream->sent += (size_t)count;
	else if (errno != EINTR && errno != EAGAIN)
		end_stream(stream);
	if (stream->open && is_empty(stream) && stream->from < 0)
		end_stream(stream);
}

/* Two rows of poll() for a stream: where it reads, and where it writes. */
static void watch(struct pollfd polled[2], const struct stream *stream)
{
	bool empty = is_empty(stream);

	polled[0].fd = stream->open && empty ? stream->from : -1;
	polled[0].events = POLLIN;
	polled[1].fd = stream->open ? stream->to : -1;
	polled[1].events = empty ? 0 : POLLOUT;
}

static void step(struct stream *stream, const struct pollfd polled[2])
{
	if (!stream->open)
		return;
	if (polled[0].revents != 0)
		fill(stream);
	else if (polled[1].revents & POLLOUT)
		drain(stream);
	else if (polled[1].revents != 0)
		end_stream(stream); /* nobody reads it any more */
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) !=
		       0 ||
	       info.si_pid == pid;
}

static void relay(struct stream *streams, struct pollfd *polled, size_t count,
		  pid_t pid)
{
	bool open = true;
	int ready;

	while (open) {
		for (size_t i = 0; i < count; i++)
			watch(&polled[2 * i], &streams[i]);
		ready = poll(polled, 2 * count, SILENCE_MS);
		if (ready == 0 && has_ended(pid))
			return;
		open = false;
		for (size_t i = 0; i < count; i++) {
			if (ready > 0)
				step(&streams[i], &polled[2 * i]);
			open = open || streams[i].open;
		}
	}
}

static void add_stream(struct stream *streams, size_t *count, int from, int to,
		       uint32_t kind)
{
	struct stream *stream = &streams[(*count)++];

	stream->from = from;
	stream->to = to;
	stream->open = true;
	stream->into_pty = kind == LIBSPAWN_FD_PTY && from == STDIN_FILENO;
	stream->owned = kind == LIBSPAWN_FD_PIPE_READ ? to : from;
	if (stream->into_pty)
		stream->owned = -1; /* the pty's other stream has it */
}

/* Lay out a stream or, for a pty, two of them per row. */
static size_t list_streams(struct stream *streams,
			   const struct command *command)
{
	const struct libspawn_fd *rows = command->fds.items;
	size_t count = 0;

	for (size_t i = 0; i < command->fds.count; i++) {
		if (rows[i].parent_end == NULL)
			continue;
		/* Ours alone: no one else's file offset or flags change. */
		fcntl(*rows[i].parent_end, F_SETFL, O_NONBLOCK);
		if (rows[i].kind != LIBSPAWN_FD_PIPE_WRITE)
			add_stream(streams, &count, STDIN_FILENO,
				   *rows[i].parent_end, rows[i].kind);
		if (rows[i].kind != LIBSPAWN_FD_PIPE_READ)
			add_stream(streams, &count, *rows[i].parent_end,
				   STDOUT_FILENO, rows[i].kind);
		if (rows[i].kind == LIBSPAWN_FD_PTY)
			enter_terminal(*rows[i].parent_end);
	}
	return count;
}

void relay_ends(const struct command *command, pid_t pid)
{
	size_t most = 2 * command->fds.count;
	struct stream *streams;
	struct pollfd *polled;
	size_t count;

	if (most == 0)
		return;
	streams = calloc(most, sizeof *streams);
	polled = calloc(2 * most, sizeof *polled);
	if (streams != NULL && polled != NULL) {
		count = list_streams(streams, command);
		/* The program has its own disposition already. */
		if (count > 0)
			signal(SIGPIPE, SIG_IGN);
		relay(streams, polled, count, pid);
		leave_terminal();
	}
	free(streams);
	free(polled);
}
