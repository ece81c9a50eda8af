/* SPDX-License-Identifier: MIT */
/* A start that waits for exec. */
#ifndef LIBSPAWN_START_WAITING_H
#define LIBSPAWN_START_WAITING_H

#include "start/story.h"

/*
 * waiting.c: in memory of its own, with cancellation off. 0 and start->process,
 * or -errno with the place in *start.
 */
int libspawn__waiting_start(struct start *start);
/* The same with an act that takes the place of the start. */
int libspawn__waiting_act(struct start *start, int (*act)(struct start *start));

#endif
