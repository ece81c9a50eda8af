/* SPDX-License-Identifier: MIT */
/*
 * What each start runs, laid out for it: between two starts the processor has
 * run other programs, and every page and line of code is met for the first
 * time.
 */
#ifndef LIBSPAWN_CHILD_EVERY_START_H
#define LIBSPAWN_CHILD_EVERY_START_H

/* On the way of each start: side by side, in few pages. */
#define EVERY_START __attribute__((hot))
/* For what is asked for only: never in the middle of what every start runs. */
#define IF_ASKED __attribute__((noinline))

/* Called again and again: after the first time its one copy is warm. */
#define CALLED_OFTEN __attribute__((noinline))

#endif
