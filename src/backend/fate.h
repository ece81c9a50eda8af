/* SPDX-License-Identifier: MIT */
/*
 * What the kernel says of a child that nobody has reaped. exec makes an
 * ordinary child of one that was created without an exit signal: that tells
 * who has executed, where no word in memory does.
 */
#ifndef LIBSPAWN_BACKEND_FATE_H
#define LIBSPAWN_BACKEND_FATE_H

#include "child/launch.h"
#include "child/sys.h"

/* fate.c: false if it can't be known, for a child with an exit signal. */
int libspawn__fate_has_executed(const struct launch *launch, long pid);
/* Not there to be waited for is dead too. */
int libspawn__fate_is_dead(long pid);
/* Not dead, and not about to be: who ends has left the memory before that. */
int libspawn__fate_lives_on(long pid);
/*
 * Of a child that has left the memory: whether it has ended without an exec.
 * Where exec leaves a child without a signal this notes it in the launch.
 */
int libspawn__fate_ended_before_exec(struct launch *launch, long pid);
/* Whether the kernel has zeroed the word: the child is out of this memory. */
int libspawn__fate_has_left(const struct launch *launch);
/* Nanoseconds between two looks at one that is awaited. */
enum { FATE_ROUND = 10000000 };

/*
 * Returns when it has left, by the word or by what else is known: 0. Or
 * -ETIMEDOUT; without a deadline it asks for no time.
 */
int libspawn__fate_await_leaving(const struct launch *launch, long pid,
				 int64_t deadline);

/*
 * The same of a child that shares the memory while its caller goes on: that is
 * not taken from it because time has passed. Where exec is seen (has_gone: by
 * other signs) and the word is not zeroed, the kernel does so at the end only:
 * that is known when all looks together have taken longer than it ever does.
 */
int libspawn__fate_await_unwaited(struct launch *launch, long pid, int has_gone,
				  int64_t deadline);

#endif
