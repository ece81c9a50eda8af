/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that live for one start: both ends of the table's new pipes and
 * terminals, and copies of descriptors that the table would overwrite before
 * the child has used them.
 */
#ifndef LIBSPAWN_ENDS_ENDS_H
#define LIBSPAWN_ENDS_ENDS_H

#include "ends/made.h"
#include "plan/arena.h"
#include "request/request.h"

/* ends.c: what open() takes of memory */
size_t libspawn__ends_bytes(const struct libspawn_options *options);
/*
 * Opens all or nothing. Points the request's options to the copies, and
 * request->made_fds to the children's ends.
 */
int libspawn__ends_open(struct ends *ends, struct request *request,
			struct arena *arena, struct failure *failure);
/* Hands the parent's ends to the caller and closes the rest. */
void libspawn__ends_deliver(struct ends *ends, const struct request *request);
/* Closes both sides, after any failure. */
void libspawn__ends_close(struct ends *ends);

#endif
