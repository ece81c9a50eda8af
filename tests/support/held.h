/* SPDX-License-Identifier: MIT */
/*
 * A child that lives until it is let go, and then exits with a code of the
 * test's choice: what happens before and after its end is in the test's hand.
 */
#ifndef TESTS_HELD_H
#define TESTS_HELD_H

#include "apart.h"

struct held {
	struct libspawn_process process;
	int32_t end; /* the child reads from it until it is closed */
};

/* gVisor, Linux < 5.3 and other systems have none. */
int system_has_pidfds(void);
/* LIBSPAWN_PIDFD where the backend under test has it, else 0. */
uint64_t held_pidfd(void);
/* flags: of the options, in addition. */
void hold(struct held *held, uint64_t flags, int code);
void let_go(struct held *held);
/* Lets it go, reaps it by the library, asserts its code, closes its pidfd. */
void finish_held(struct held *held, int code);
/* Asserts that libspawn_wait() without end tells this; closes the pidfd. */
void expect_end(struct libspawn_process *process, uint32_t end, int code);
/* Whether a pidfd keeps how its process ended, whoever reaps it: Linux 6.15. */
int pidfds_tell_ends(void);
/*
 * For one whose pidfd will tell, and that was told as lost: somebody else, or
 * the kernel, took longer than the library waits. What libspawn_wait() says.
 */
int ask_lost_again(struct libspawn_process *process,
		   struct libspawn_status *status);
/*
 * The same of one that somebody else has reaped: it has exited with this code
 * if its pidfd tells, else it is lost. Its usage is not told.
 */
void expect_stolen_end(struct libspawn_process *process, int64_t timeout_ms,
		       int code);
/* Until its end can be seen, without reaping it. */
void await_end(pid_t pid);

/* Milliseconds of CLOCK_MONOTONIC. */
double now_ms(void);

#endif
