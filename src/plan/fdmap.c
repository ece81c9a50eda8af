/* SPDX-License-Identifier: MIT */
/*
 * Orders the moves of descriptors. A move is ready when nobody still reads the
 * number it writes. What is never ready forms cycles: one descriptor of each
 * is put aside, and the cycle unrolled before the next is begun.
 */
#define _GNU_SOURCE
#include "plan/fdmap.h"

#include <stddef.h>

/* The move that writes a descriptor, or NULL. */
static struct fd_move *find_writer(struct fd_move *moves, uint32_t count,
				   int32_t fd)
{
	uint32_t low = 0;
	uint32_t high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (moves[middle].to < fd)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && moves[low].to == fd ? &moves[low] : NULL;
}

/* Hands one step to the receiver; the move is then behind us. */
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

/*
 * In a cycle each number is written once and read once. What the first move
 * overwrites is put aside for the last, which reads it.
 */
static void emit_cycle(struct fd_move *moves, uint32_t count,
		       struct fd_move *first, const struct fd_sink *sink)
{
	struct fd_move *last = first;
	struct fd_move *move;

	while (last->from != first->to)
		last = find_writer(moves, count, last->from);
	sink->emit(sink->receiver, FD_SAVE, last);
	for (move = first; move != last;
	     move = find_writer(moves, count, move->from))
		emit(sink, FD_MOVE, move);
	emit(sink, FD_RESTORE, last);
}

/*
 * A move without a source only takes its number: it is done from the start, so
 * that the move that reads this number need not wait for it.
 */
static void count_readers(struct fd_move *moves, uint32_t count)
{
	uint32_t n;

	for (n = 0; n < count; n++) {
		moves[n].readers = 0;
		moves[n].done = moves[n].from < 0;
	}
	for (n = 0; n < count; n++) {
		struct fd_move *writer =
			find_writer(moves, count, moves[n].from);

		if (writer && writer != &moves[n])
			writer->readers++;
	}
}

/*
 * Keeping goes first: it takes off the mark that would close the descriptor and
 * overwrites nothing.
 */
void libspawn__fdmap_order(struct fd_move *moves, uint32_t count,
			   const struct fd_sink *sink)
{
	uint32_t n;

	count_readers(moves, count);
	for (n = 0; n < count; n++)
		if (moves[n].from == moves[n].to)
			emit(sink, FD_KEEP, &moves[n]);
	for (n = 0; n < count; n++)
		emit_chain(moves, count, &moves[n], sink);
	for (n = 0; n < count; n++)
		if (!moves[n].done)
			emit_cycle(moves, count, &moves[n], sink);
}
