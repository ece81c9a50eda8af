/* SPDX-License-Identifier: MIT */
/* Stopping a process, for what runs one to its end as for the caller. */
#ifndef LIBSPAWN_STOP_H
#define LIBSPAWN_STOP_H

#include <libspawn.h>

/*
 * stop.c: a copy of this library's size, with the defaults filled in; or
 * -EINVAL, -E2BIG for what has no meaning.
 */
int libspawn__stop_read(struct libspawn_stop_how *how,
			const struct libspawn_stop_how *given);
/* What libspawn_stop() does, which may not be built in. */
int libspawn__stop(struct libspawn_process *process,
		   const struct libspawn_stop_how *how,
		   struct libspawn_status *status);
/*
 * Adds what it took to the status, FORCED only if that is what ended it, or it
 * is not known what did.
 */
void libspawn__stop_note(struct libspawn_status *status, uint32_t took);

#endif
