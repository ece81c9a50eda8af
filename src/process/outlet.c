/* SPDX-License-Identifier: MIT */
/*
 * Reads what a child writes: straight into the memory where it is kept, or by
 * way of a scratch block to a callback, or to nowhere once the limit has been
 * reached. Never waits, and never keeps more than the limit.
 */
#define _GNU_SOURCE
#include "process/outlet.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "process/inlet.h"

static uint64_t limit_of(const struct outlet *outlet)
{
	uint64_t limit = outlet->output->limit;

	return limit > 0 ? limit : UINT64_MAX;
}

/* Where the next bytes go, and how many may; the scratch block if nowhere. */
static int find_room(struct outlet *outlet, char **place, size_t *size)
{
	struct buffer *buffer = &outlet->buffer;
	int code = 0;

	*place = outlet->scratch;
	*size = SCRATCH_SIZE;
	if (outlet->output->kind != LIBSPAWN_STREAM_MEMORY ||
	    outlet->kept == limit_of(outlet))
		return 0;
	if (outlet->kept == buffer->room)
		code = libspawn__buffer_grow(buffer, limit_of(outlet));
	*place = buffer->bytes + outlet->kept;
	*size = buffer->room - (size_t)outlet->kept;
	return code;
}

/* What has come, up to the limit, is kept; the callback is told. */
static int keep(struct outlet *outlet, const char *place, size_t size)
{
	const struct libspawn_output *output = outlet->output;
	uint64_t rest = limit_of(outlet) - outlet->kept;

	outlet->total += size;
	if (size > rest)
		size = (size_t)rest;
	outlet->kept += size;
	if (output->kind != LIBSPAWN_STREAM_CALLBACK || size == 0)
		return 0;
	return output->take(output->context, place, size);
}

/* A pipe that was found full will be so again. */
static void note_full(struct outlet *outlet, ssize_t size)
{
	if (outlet->is_large || size < PIPE_FULL)
		return;
	outlet->is_large = 1;
	libspawn__inlet_enlarge(outlet->fd);
}

int64_t libspawn__outlet_drain(struct outlet *outlet)
{
	ssize_t size;
	char *place;
	size_t room;
	int code = find_room(outlet, &place, &room);

	if (code < 0)
		return code;
	size = read(outlet->fd, place, room);
	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (size == 0)
		libspawn__outlet_close(outlet);
	else
		note_full(outlet, size);
	code = keep(outlet, place, (size_t)size);
	/* Whatever sign a callback gives its errno. */
	if (code != 0)
		return code > 0 ? -code : code;
	return size;
}

void libspawn__outlet_close(struct outlet *outlet)
{
	if (outlet->fd >= 0)
		close(outlet->fd);
	outlet->fd = -1;
}

int libspawn__outlet_is_cut(const struct outlet *outlet)
{
	return outlet->total > outlet->kept;
}

/* An empty output of the library's has memory too: for its NUL. */
void libspawn__outlet_deliver(struct outlet *outlet,
			      struct libspawn_captured *captured)
{
	memset(captured, 0, sizeof *captured);
	captured->size = outlet->kept;
	captured->total = outlet->total;
	if (outlet->output->kind != LIBSPAWN_STREAM_MEMORY)
		return;
	captured->bytes = outlet->buffer.bytes;
	if (outlet->output->buffer)
		return;
	captured->room = outlet->buffer.room;
	outlet->buffer.bytes[outlet->kept] = '\0';
}
