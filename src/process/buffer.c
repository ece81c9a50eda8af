/* SPDX-License-Identifier: MIT */
/*
 * Memory for what a child writes. A small block is malloc()'ed; a large one is
 * mapped, and the kernel moves its pages as it grows: at no time are there two
 * copies, so what is captured takes what it is long, and never more than the
 * limit.
 */
#define _GNU_SOURCE
#include "process/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Up to here malloc(): most programs write less. */
enum { SMALL_ROOM = 64 * 1024 };

/* The byte for the NUL is not room. */
static size_t bytes_of(size_t room)
{
	return room + 1;
}

#ifdef __linux__
static void *map_pages(size_t size)
{
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (pages == MAP_FAILED)
		return NULL;
	/* A fifth of the time for 256 MiB. It may refuse. */
	madvise(pages, size, MADV_HUGEPAGE);
	return pages;
}

/* The old block is small: it is copied once, and never again. */
static void *grow_large(const struct buffer *buffer, size_t room)
{
	void *pages;

	if (buffer->room > SMALL_ROOM) {
		pages = mremap(buffer->bytes, bytes_of(buffer->room),
			       bytes_of(room), MREMAP_MAYMOVE);
		return pages == MAP_FAILED ? NULL : pages;
	}
	pages = map_pages(bytes_of(room));
	if (pages && buffer->bytes)
		memcpy(pages, buffer->bytes, buffer->room);
	if (pages)
		free(buffer->bytes);
	return pages;
}

static void free_large(const struct buffer *buffer)
{
	munmap(buffer->bytes, bytes_of(buffer->room));
}
#else
static void *grow_large(const struct buffer *buffer, size_t room)
{
	return realloc(buffer->bytes, bytes_of(room));
}

static void free_large(const struct buffer *buffer)
{
	free(buffer->bytes);
}
#endif

/* Twice as much each time, so that growing takes no more than reading. */
static size_t next_room(size_t room, uint64_t limit)
{
	size_t next = room < SMALL_ROOM ? SMALL_ROOM : 2 * room;

	if (room > SIZE_MAX / 4)
		return 0;
	if (room == SMALL_ROOM)
		next = 16 * SMALL_ROOM;
	return next < limit ? next : (size_t)limit;
}

int libspawn__buffer_grow(struct buffer *buffer, uint64_t limit)
{
	size_t room = next_room(buffer->room, limit);
	char *bytes = NULL;

	if (room > SMALL_ROOM)
		bytes = grow_large(buffer, room);
	else if (room > 0)
		bytes = realloc(buffer->bytes, bytes_of(room));
	if (!bytes)
		return -ENOMEM;
	buffer->bytes = bytes;
	buffer->room = room;
	return 0;
}

void libspawn__buffer_free(struct buffer *buffer)
{
	if (buffer->room > SMALL_ROOM)
		free_large(buffer);
	else
		free(buffer->bytes);
	buffer->bytes = NULL;
	buffer->room = 0;
}
