/* SPDX-License-Identifier: MIT */
/*
 * Orders the moves of descriptors. A move is ready when nobody still reads the
 * number it writes. What is never ready forms cycles: one descriptor of each
 * is put aside, and the cycle unrolled before the next is begun.
 */
#define _GNU_SOURCE
#include "fdmap.h"

#include <stddef.h>
#include <stdlib.h>

static int compare_targets(const void *left, const void *right)
{
	const struct fd_move *a = left;
	const struct fd_move *b = right;

	return (a->to > b->to) - (a->to < b->to);
}

/* The move that writes a descriptor, or NULL. */
static struct fd_move *find_writer(struct fd_move *moves, uint32_t count,
				   int32_t fd)
{
	const struct fd_move key = { .to = fd };

	return bsearch(&key, moves, count, sizeof *moves, compare_targets);
}

static void emit(const struct fd_sink *sink, enum fd_verb verb,
		 struct fd_move *move)
{
	move->done = 1;
	sink->emit(sink->receiver, verb, move);
}

/* Emits a move that is ready, and those that this makes ready in turn. */
static void emit_chain(struct fd_move *moves, uint32_t count,
		       struct fd_move *move, const struct fd_sink *sink)
{
	while (move && !move->done && move->readers == 0) {
		emit(sink, FD_MOVE, move);
		move = find_writer(moves, count, move->from);
		if (move)
			move->readers--;
	}
}

/* In a cycle each number is written once and read once. */
static void emit_cycle(struct fd_move *moves, uint32_t count,
		       struct fd_move *first, const struct fd_sink *sink)
{
	struct fd_move *move = first;

	sink->emit(sink->receiver, FD_SAVE, first);
	while (move->from != first->to) {
		emit(sink, FD_MOVE, move);
		move = find_writer(moves, count, move->from);
	}
	emit(sink, FD_RESTORE, move);
}

static void count_readers(struct fd_move *moves, uint32_t count)
{
	uint32_t n;

	for (n = 0; n < count; n++) {
		moves[n].readers = 0;
		moves[n].done = 0;
	}
	for (n = 0; n < count; n++) {
		struct fd_move *writer =
		    find_writer(moves, count, moves[n].from);

		if (writer && writer != &moves[n])
			writer->readers++;
	}
}

int32_t libspawn__fdmap_order(struct fd_move *moves, uint32_t count,
			      const struct fd_sink *sink)
{
	uint32_t n;

	qsort(moves, count, sizeof *moves, compare_targets);
	for (n = 1; n < count; n++)
		if (moves[n].to == moves[n - 1].to)
			return moves[n].index + 1;
	count_readers(moves, count);
	for (n = 0; n < count; n++)
		if (moves[n].from == moves[n].to)
			emit(sink, FD_KEEP, &moves[n]);
	for (n = 0; n < count; n++)
		emit_chain(moves, count, &moves[n], sink);
	for (n = 0; n < count; n++)
		if (!moves[n].done)
			emit_cycle(moves, count, &moves[n], sink);
	return 0;
}
