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
/* Whether a signal that is caught ends a wait for it. */
int libspawn__end_is_interruptible(const struct libspawn_process *process);
/* Whether its end has been told, to anybody. */
int libspawn__end_is_told(const struct libspawn_process *process);
/* And whether it is not lost. */
int libspawn__end_is_known(const struct libspawn_process *process);
/*
 * Keeps the process from being reaped until leave(). 0; -ESRCH: too late;
 * -EAGAIN: 65,535 others do. leave() may reap.
 */
int libspawn__end_enter(struct libspawn_process *process);
void libspawn__end_leave(struct libspawn_process *process);
/*
 * Tells the end of a process, of which libspawn__process_look() has returned
 * `found`, other than 0, and `status`; and sees to its being reaped. Writes
 * what has been told to status. True if it was this thread that told it first.
 */
int libspawn__end_settle(struct libspawn_process *process, int found,
			 struct libspawn_status *status);

#endif
