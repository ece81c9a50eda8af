/* SPDX-License-Identifier: MIT */
/*
 * Sleeping without being woken: for a system that can't say when a process
 * ends, and for one that says so of a process that can't be reaped yet, since
 * a debugger has it.
 */
#define _GNU_SOURCE
#include <time.h>

#include "deadline.h"
#include "process/process.h"

enum { SHORTEST_NAP = 100000, LONGEST_NAP = 10000000 };

void libspawn__nap(struct watch *watch)
{
	int64_t left = libspawn__deadline_left(watch->deadline);
	struct timespec time = { 0, 0 };

	watch->nap = watch->nap ? watch->nap * 2 : SHORTEST_NAP;
	if (watch->nap > LONGEST_NAP)
		watch->nap = LONGEST_NAP;
	time.tv_nsec = (long)(left < watch->nap ? left : watch->nap);
	nanosleep(&time, NULL);
}
