/* SPDX-License-Identifier: MIT */
/*
 * What to do if the thread is cancelled. The macros of glibc's <pthread.h>
 * would bind the library to glibc, and musl programs could not preload it;
 * these two functions, of one form, are in both.
 */
#ifndef LIBSPAWN_POSIX_CANCEL_H
#define LIBSPAWN_POSIX_CANCEL_H

#include <pthread.h>

/* The larger one is glibc's: four words. */
#if defined(__GLIBC__)
#define cancel_handler _pthread_cleanup_buffer
#else
#define cancel_handler __ptcb
#endif

/* The handler lies in the caller's frame; the two come in pairs there. */
void _pthread_cleanup_push(struct cancel_handler *handler, void (*run)(void *),
			   void *argument);
void _pthread_cleanup_pop(struct cancel_handler *handler, int run);

#endif
