/* SPDX-License-Identifier: MIT */
/*
 * Copies lists of strings, for a child whose caller goes on. An environment has
 * dozens, most of them short: to find the end of each costs more than to copy
 * all. So what the kernel has put into one piece is copied in one piece.
 */
#define _GNU_SOURCE
#include "plan/text.h"

#include <string.h>

#include "child/every_start.h"
#include "request/caller.h"

/* A piece with less of what is asked for is not worth its copy. */
enum { BYTES_PER_STRING = 512 };

/* Whether it begins there; then it ends there too. */
static int is_in_piece(const struct text *text, const char *string)
{
	return (uintptr_t)string - (uintptr_t)text->piece < text->piece_bytes;
}

/* Of the strings that begin in it: the lowest and the highest, as offsets. */
struct span {
	uintptr_t lowest;
	uintptr_t highest;
};

EVERY_START static struct span find_span(struct text *text,
					 struct caller_text first)
{
	const uintptr_t size = first.end - first.begin;
	struct span span = { size, 0 };
	uint32_t others = 0;
	uint32_t n;

	for (n = 0; text->strings[n]; n++) {
		uintptr_t at = (uintptr_t)text->strings[n] - first.begin;

		if (at >= size) {
			others++;
			continue;
		}
		span.lowest = at < span.lowest ? at : span.lowest;
		span.highest = at > span.highest ? at : span.highest;
	}
	text->count = n;
	text->others = others;
	return span;
}

/*
 * To the end of the highest: memory that is there, with a NUL as its last byte.
 * Whatever else the caller has written over what the kernel put there, a string
 * that begins in it ends with it at the latest.
 */
EVERY_START static void find_piece(struct text *text)
{
	const struct caller_text first = libspawn__caller_text();
	const struct span span = find_span(text, first);
	const char *last = (const char *)(first.begin + span.highest);
	uintptr_t way = span.highest - span.lowest;

	text->piece = (const char *)(first.begin + span.lowest);
	text->piece_bytes = 0;
	if (text->others == text->count)
		return;
	if (way > (uintptr_t)text->count * BYTES_PER_STRING)
		text->others = text->count;
	else
		text->piece_bytes = way + strlen(last) + 1;
}

EVERY_START void libspawn__text_measure(struct text *text, char *const *strings,
					const char *kept)
{
	size_t bytes;
	uint32_t n;

	text->strings = strings;
	text->kept = kept;
	find_piece(text);
	bytes = text->piece_bytes;
	for (n = 0; text->others && n < text->count; n++)
		if (!is_in_piece(text, strings[n]) && strings[n] != kept)
			bytes += strlen(strings[n]) + 1;
	text->bytes = arena_round((text->count + 1) * sizeof *strings) +
		      arena_round(bytes);
}

/* What lies in the piece is where the piece is now. */
EVERY_START static void point_into(const struct text *text, char *piece,
				   char **own)
{
	const uintptr_t way = (uintptr_t)piece - (uintptr_t)text->piece;
	uint32_t n;

	for (n = 0; n < text->count; n++)
		own[n] = (char *)((uintptr_t)text->strings[n] + way);
	own[n] = NULL;
}

/* The others, one behind the other: where they end. */
static char *copy_outer(const struct text *text, char *next, char **own)
{
	uint32_t n;

	for (n = 0; n < text->count; n++) {
		if (is_in_piece(text, text->strings[n]))
			continue;
		if (text->strings[n] == text->kept) {
			own[n] = text->strings[n];
			continue;
		}
		own[n] = next;
		next = stpcpy(next, text->strings[n]) + 1;
	}
	return next;
}

/* Its end is an end, even if another thread writes there meanwhile. */
EVERY_START static void copy_text(const struct text *text, char *piece)
{
	memcpy(piece, text->piece, text->piece_bytes);
	piece[text->piece_bytes - 1] = '\0';
}

EVERY_START char *const *libspawn__text_copy(const struct text *text,
					     struct arena *arena)
{
	char **own = arena_take(arena, (text->count + 1) * sizeof *own);
	char *piece = arena->next;
	char *next = piece + text->piece_bytes;

	if (text->piece_bytes)
		copy_text(text, piece);
	point_into(text, piece, own);
	if (text->others)
		next = copy_outer(text, next, own);
	arena_take(arena, (size_t)(next - piece));
	return own;
}
