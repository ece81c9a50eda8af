/* SPDX-License-Identifier: MIT */
/*
 * The contract of the system, for processes that have been started: what is
 * asked of it about one child, and never about all children.
 */
#ifndef LIBSPAWN_PROCESS_H
#define LIBSPAWN_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include <libspawn.h>

/*
 * process_linux.c, process_posix.c: whether it has ended: 1 and how, to status,
 * or 0; -ECHILD if it has, or never was a child, and nothing is known; or
 * -errno. It is left to be reaped. A look with `block` set returns when it has
 * ended.
 */
int libspawn__process_look(const struct libspawn_process *process, int block,
			   struct libspawn_status *status);
/*
 * Reaps what has ended. 0 and how, to status, which nothing else is written to;
 * or -ECHILD if somebody else has.
 */
int libspawn__process_reap(const struct libspawn_process *process,
			   struct libspawn_status *status);
/* 0 or -errno. Whoever calls it sees to it that nobody reaps meanwhile. */
int libspawn__process_send(const struct libspawn_process *process, int signal,
			   int to_group);
/* A descriptor for any process, or -errno. */
int libspawn__process_open(int32_t pid);
/*
 * A descriptor for a child that has none, or -errno; -ECHILD or -ESRCH if it
 * was reaped by somebody else: its number may be a stranger's by now.
 */
int libspawn__process_open_child(const struct libspawn_process *process);
/* SIGKILL by such a descriptor, or where there is none (below 0) by the pid. */
void libspawn__process_kill(int fd, int32_t pid);
/*
 * Sleeps for some milliseconds at most while the word is this, or until it is
 * woken: nobody ever spins, since who is waited for may have a lower priority.
 */
void libspawn__word_wait(const uint32_t *word, uint32_t value);
void libspawn__word_wake(const uint32_t *word);

/*
 * Of one that libspawn__process_look() does not know: what can be learnt of its
 * end until the deadline, and for two seconds at most. As that.
 */
int libspawn__process_recall(const struct libspawn_process *process,
			     int64_t deadline, struct libspawn_status *status);

/* wait.c: looks until it has ended or the deadline has passed: as look(). */
int libspawn__wait_until(struct libspawn_process *process, int64_t deadline,
			 struct libspawn_status *status);

/* Processes to be watched until a deadline. */
struct watch {
	struct libspawn_process *const *processes;
	size_t count;
	int64_t deadline;
	int64_t nap; /* nanoseconds: of the last sleep that could only guess */
	int woken;   /* the system has said that one has ended */
	int interruptible;
};

/*
 * watch_linux.c, watch_kqueue.c: sleeps until one of them may have ended, or
 * the deadline has passed; maybe less. 0 or -errno; -EINTR only of one that is
 * interruptible. Those that are NULL or told are not looked at; if there are
 * no others, it does not sleep.
 */
int libspawn__watch(struct watch *watch);

/*
 * nap.c: sleeps for a while, longer each time but never over 10 ms, where the
 * system can't wake anybody, or has to no purpose. 0 or -EINTR as the watch.
 */
int libspawn__nap(struct watch *watch);

#endif
