/* SPDX-License-Identifier: MIT */
/*
 * What each start runs, laid out for it: between two starts the processor has
 * run other programs, and every page and line of code is met for the first
 * time. Where a compiler knows no such wish nothing changes but the price.
 */
#ifndef LIBSPAWN_CHILD_EVERY_START_H
#define LIBSPAWN_CHILD_EVERY_START_H

#if defined(__GNUC__) && !defined(__clang__)
/* On the way of each start: side by side, in few pages. */
#define EVERY_START __attribute__((hot))
#else
#define EVERY_START
#endif

#if defined(__GNUC__)
/* For what is asked for only: never in the middle of what every start runs. */
#define IF_ASKED __attribute__((noinline))
#else
#define IF_ASKED
#endif

#endif
