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
 * process_linux.c, process_posix.c: whether it has ended: 1 or 0; -ECHILD for
 * what is no child any more, or -errno. It is left to be reaped. A look with
 * `block` set returns when it has ended.
 */
int libspawn__process_look(const struct libspawn_process *process, int block);
/* Reaps what has ended. 0, or -ECHILD if somebody else has. */
int libspawn__process_reap(const struct libspawn_process *process,
			   struct libspawn_status *status);
/* 0 or -errno. Whoever calls it sees to it that nobody reaps meanwhile. */
int libspawn__process_send(const struct libspawn_process *process, int signal,
			   int to_group);
/*
 * Of any process: a descriptor for it, or -errno; and SIGKILL by that, or where
 * there is none by its pid.
 */
int libspawn__process_open(int32_t pid);
/*
 * A descriptor for a child that has none, or -errno; -ECHILD or -ESRCH if it
 * was reaped by somebody else: its number may be a stranger's by now.
 */
int libspawn__process_open_child(const struct libspawn_process *process);
void libspawn__process_kill(int fd, int32_t pid);

/* Processes to be watched until a deadline. */
struct watch {
	struct libspawn_process *const *processes;
	size_t count;
	int64_t deadline;
	int64_t nap; /* nanoseconds: of the last sleep that could only guess */
	int woken;   /* the system has said that one has ended */
};

/*
 * watch_linux.c, watch_kqueue.c: sleeps until one of them may have ended, or
 * the deadline has passed; maybe less. 0 or -errno. Those that are
 * NULL or told are not looked at; if there are no others, it does not sleep.
 */
int libspawn__watch(struct watch *watch);

/*
 * nap.c: sleeps for a while, longer each time but never over 10 ms, where the
 * system can't wake anybody, or has to no purpose.
 */
void libspawn__nap(struct watch *watch);

#endif
