/* SPDX-License-Identifier: MIT */
/*
 * Turns a simultaneous assignment of descriptors ("the child's 1 is my 7, its
 * 7 my 1") into moves one after another of which none overwrites what a later
 * one still has to read.
 */
#ifndef LIBSPAWN_PLAN_FDMAP_H
#define LIBSPAWN_PLAN_FDMAP_H

#include <stdint.h>

/* One assignment. Filled by the caller but for the last two. */
struct fd_move {
	int32_t from; /* -1: none, to is only taken */
	int32_t to;
	int32_t index;	  /* the caller's own */
	uint32_t readers; /* moves under way that read what this one writes */
	uint32_t done;
};

enum fd_verb {
	FD_KEEP,    /* to is from: it only must stay open */
	FD_MOVE,    /* from becomes to */
	FD_SAVE,    /* from is put aside before it is overwritten */
	FD_RESTORE, /* the same move: what was put aside becomes to */
};

struct fd_sink {
	void (*emit)(void *receiver, enum fd_verb verb,
		     const struct fd_move *move);
	void *receiver;
};

/*
 * fdmap.c: takes moves by where they go, no two alike, and emits them in a safe
 * order. At any time at most one descriptor is put aside.
 */
void libspawn__fdmap_order(struct fd_move *moves, uint32_t count,
			   const struct fd_sink *sink);

#endif
