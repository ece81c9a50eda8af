/* SPDX-License-Identifier: MIT */
/*
 * Threads that do what threads of other people's code do meanwhile: allocate,
 * set variables, change ids, fork, open and close, send signals.
 */
#ifndef TESTS_UNREST_H
#define TESTS_UNREST_H

enum { UNREST_THREADS = 64 };

/* Before any other thread: make what they change. */
void unrest_prepare(void);
/*
 * Amid them, run this in UNREST_THREADS threads, each with its number from 0
 * on. Signals go to these in turn; checks that some did arrive.
 */
void unrest_run(void (*run)(int number));
/* How often a signal handler ran in a process that is not this one. */
int unrest_strayed(void);

#endif
