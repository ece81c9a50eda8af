/* SPDX-License-Identifier: MIT */
/*
 * Moves bytes between `spawn` and the programs. Never blocks on one stream
 * while another could go on: a program that writes before it has read
 * everything would wait for us for ever. Nor does it wait for a grandchild that
 * keeps a pipe open after the programs have ended. A pty is not closed before
 * that: its program would be hung up.
 */
#define _GNU_SOURCE
#include "relay.h"
#include "clock.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* For what is still on its way when the programs have ended. */
#define LINGER_US 100000
/* More than the kernel holds of a pty's output, which it does not tell. */
#define PTY_HOLDS 131072

/* ---- The pty ----------------------------------------------------------- */

/* While we have the other side too, there is no end to be read. */
static void hold(struct relay *relay)
{
	if (relay->held_pty >= 0)
		close(relay->held_pty);
	relay->held_pty = relay->pty < 0 ? -1 : hold_pty(relay->pty);
}

static void let_go(struct relay *relay)
{
	if (relay->held_pty >= 0)
		close(relay->held_pty);
	relay->held_pty = -1;
}

/* Both streams of it end: its program gets SIGHUP. */
static void hang_up(struct relay *relay)
{
	let_go(relay);
	for (size_t i = 0; i < relay->count; i++)
		if (relay->streams[i].has_pty)
			relay->streams[i].open = false;
	leave_terminal();
	adopt_pty(-1);
	close(relay->pty);
	relay->pty = -1;
}

/* ---- One stream -------------------------------------------------------- */

/* EIO: nobody has the pty open. While a program runs, one may open it again. */
static void end_of_pty(struct relay *relay, struct stream *stream)
{
	if (relay->leave != NEVER) {
		stream_end_reading(stream);
		return;
	}
	hold(relay);
	stream->rests = relay->held_pty < 0;
}

static void fill(struct relay *relay, struct stream *stream)
{
	if (stream_fill(stream))
		return;
	if (stream->unread)
		relay->unread = stream->unread;
	if (stream->has_pty && !stream->is_input)
		end_of_pty(relay, stream);
	else
		stream_end_reading(stream);
}

/* What nobody reads any more is no failure: the program is told of it. */
static void give_up(struct relay *relay, struct stream *stream, int code)
{
	if (!stream->is_input && code != EPIPE)
		relay->failed = code;
	if (stream->has_pty && !stream->is_input)
		hang_up(relay);
	else
		stream_end(stream);
}

static void drain(struct relay *relay, struct stream *stream)
{
	int failed = stream_drain(stream);

	if (failed)
		give_up(relay, stream, failed);
}

static void step(struct relay *relay, struct stream *stream,
		 const struct pollfd polled[STREAM_POLLED])
{
	bool was_asked = polled[0].fd >= 0;

	if (!stream->open)
		return;
	if (was_asked && polled[0].revents == 0 &&
	    stream->left != STREAM_UNLIMITED)
		stream_end(stream);
	else if (polled[0].revents != 0)
		fill(relay, stream);
	else if (polled[1].revents & (POLLOUT | POLLNVAL))
		drain(relay, stream);
	else if (polled[1].revents != 0)
		give_up(relay, stream, EPIPE); /* nobody reads it any more */
}

/* ---- All of them ------------------------------------------------------- */

/* A writer that never stops must not keep us: what there is now, and no more */
static void limit_streams(struct relay *relay)
{
	for (size_t i = 0; i < relay->count; i++) {
		struct stream *stream = &relay->streams[i];
		int waiting = PTY_HOLDS;

		if (!stream->open || stream->left != STREAM_UNLIMITED)
			continue;
		if (!stream->has_pty)
			ioctl(stream->from, FIONREAD, &waiting);
		stream->left = (size_t)waiting;
	}
}

static bool is_leaving(const struct relay *relay)
{
	return relay->leave != NEVER && now_us() >= relay->leave;
}

static bool has_unwritten(const struct relay *relay)
{
	for (size_t i = 0; i < relay->count; i++)
		if (relay->streams[i].open &&
		    !stream_is_empty(&relay->streams[i]))
			return true;
	return false;
}

/* What has been read is written, however long that takes. */
int64_t relay_deadline(const struct relay *relay)
{
	return is_leaving(relay) && has_unwritten(relay) ? NEVER : relay->leave;
}

size_t relay_watch(struct relay *relay, struct pollfd *polled, bool reads)
{
	if (is_leaving(relay))
		limit_streams(relay);
	for (size_t i = 0; i < relay->count; i++) {
		struct stream *stream = &relay->streams[i];

		if (stream->open && stream->left == 0 &&
		    stream_is_empty(stream))
			stream_end(stream);
		stream_watch(stream, &polled[STREAM_POLLED * i],
			     reads || !stream->is_input);
	}
	return STREAM_POLLED * relay->count;
}

void relay_turn(struct relay *relay, const struct pollfd *polled)
{
	for (size_t i = 0; i < relay->count; i++)
		step(relay, &relay->streams[i], &polled[STREAM_POLLED * i]);
}

void relay_programs_ended(struct relay *relay)
{
	if (relay->leave != NEVER)
		return;
	relay->leave = deadline_after(LINGER_US);
	let_go(relay);
	for (size_t i = 0; i < relay->count; i++) {
		relay->streams[i].rests = false;
		if (relay->streams[i].open && relay->streams[i].is_input)
			stream_end(&relay->streams[i]);
	}
}

bool relay_is_open(const struct relay *relay)
{
	for (size_t i = 0; i < relay->count; i++)
		if (relay->streams[i].open)
			return true;
	return false;
}

/* ---- From the start to the end ----------------------------------------- */

int relay_prepare(struct relay *relay, const struct command *command)
{
	size_t most = 2 * command->fds.count;

	*relay = (struct relay){ .pty = -1, .held_pty = -1, .leave = NEVER };
	relay->streams = calloc(most + 1, sizeof *relay->streams);
	return relay->streams == NULL ? -1 : 0;
}

static void add_stream(struct relay *relay, int from, int to, uint32_t kind)
{
	struct stream *stream = &relay->streams[relay->count++];

	stream->from = from;
	stream->to = to;
	stream->open = true;
	stream->is_input = from == STDIN_FILENO;
	stream->has_pty = kind == LIBSPAWN_FD_PTY;
	stream->left = STREAM_UNLIMITED;
}

/* A stream for each pipe, and two for a pty. */
void relay_begin(struct relay *relay, const struct command *command)
{
	const struct libspawn_fd *rows = command->fds.items;

	for (size_t i = 0; i < command->fds.count; i++) {
		int32_t end;

		if (rows[i].parent_end == NULL)
			continue;
		end = *rows[i].parent_end;
		/* Ours alone: no one else's file offset or flags change. */
		fcntl(end, F_SETFL, O_NONBLOCK);
		if (rows[i].kind != LIBSPAWN_FD_PIPE_WRITE)
			add_stream(relay, STDIN_FILENO, end, rows[i].kind);
		if (rows[i].kind != LIBSPAWN_FD_PIPE_READ)
			add_stream(relay, end, STDOUT_FILENO, rows[i].kind);
		if (rows[i].kind == LIBSPAWN_FD_PTY)
			relay->pty = end;
	}
	hold(relay);
}

void relay_end(struct relay *relay)
{
	let_go(relay);
	free(relay->streams);
	*relay = (struct relay){ .pty = -1, .held_pty = -1, .leave = NEVER };
}
