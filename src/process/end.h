/* SPDX-License-Identifier: MIT */
/*
 * The one word in which a process keeps what is known of its end. It decides
 * who reaps, and keeps signals and reaping apart: a pid can only be somebody
 * else's after it was reaped.
 */
#ifndef LIBSPAWN_END_H
#define LIBSPAWN_END_H

#include <libspawn.h>

/* end.c: whether the pid is one, and there is a process at all */
int libspawn__end_is_sound(const struct libspawn_process *process);
/* Whether its end has been told, to anybody. */
int libspawn__end_is_told(const struct libspawn_process *process);
/* Keeps the process from being reaped until leave(). 0, or -ESRCH: too late. */
int libspawn__end_enter(struct libspawn_process *process);
void libspawn__end_leave(struct libspawn_process *process);
/*
 * Reaps a process of which libspawn__process_look() has returned `found`, other
 * than 0, or waits for the thread that does so. Writes the end to status.
 * True if it was this thread.
 */
int libspawn__end_settle(struct libspawn_process *process, int found,
			 struct libspawn_status *status);

/*
 * stop.c: a copy of this library's size, with the defaults filled in; or
 * -EINVAL, -E2BIG for what has no meaning.
 */
int libspawn__stop_read(struct libspawn_stop_how *how,
			const struct libspawn_stop_how *given);

/* wait.c: looks until it has ended or the deadline has passed: as look(). */
int libspawn__wait_until(struct libspawn_process *process, int64_t deadline);

#endif
