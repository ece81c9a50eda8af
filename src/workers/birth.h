/* SPDX-License-Identifier: MIT */
/*
 * How a worker that a template forks comes to be known to the caller, and what
 * is told of it by its template. Does nothing for one that was started.
 */
#ifndef LIBSPAWN_WORKERS_BIRTH_H
#define LIBSPAWN_WORKERS_BIRTH_H

#include <stdint.h>

struct libspawn_worker;

/* birth.c: takes the frame in which it says that it is there. 0 or -errno. */
int libspawn__birth_note(struct libspawn_worker *worker);
/* From a template: one of its children has ended. 0 or -errno. */
int libspawn__birth_note_end(struct libspawn_worker *worker);
/*
 * Until the moment, for what is known of it: 0; -ETIMEDOUT; -ECHILD if there is
 * no such process.
 */
int libspawn__birth_settle(struct libspawn_worker *worker, int64_t moment);
/* The end of a template's child: 0, -ETIMEDOUT, -ECHILD. */
int libspawn__birth_await_end(struct libspawn_worker *worker, int64_t moment);
int libspawn__birth_kill(struct libspawn_worker *worker);
void libspawn__birth_forget(struct libspawn_worker *worker);

#endif
