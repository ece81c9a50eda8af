/* SPDX-License-Identifier: MIT */
/*
 * Threads that do what threads of other people's code do meanwhile: allocate,
 * set variables, change ids, fork, open and close, send signals.
 */
#ifndef TESTS_UNREST_H
#define TESTS_UNREST_H

#include <pthread.h>
#include <stddef.h>

/* Before any other thread: make what they change. */
void unrest_prepare(void);
/* Start them, each at work when it returns. Signals go to these in turn. */
void unrest_begin(const pthread_t *targets, size_t count);
/* Stop them; checks that signals did arrive. */
void unrest_end(void);
/* How often a signal handler ran in a process that is not this one. */
int unrest_strayed(void);

#endif
