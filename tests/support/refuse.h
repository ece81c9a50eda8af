/* SPDX-License-Identifier: MIT */
/*
 * A kernel that refuses: seccomp filters for the calling thread, all threads
 * it starts and all its children, for ever. So only in a body of run_apart().
 */
#ifndef TESTS_REFUSE_H
#define TESTS_REFUSE_H

#include <stdint.h>

/* In a body: skip the test where no filter can be installed. */
void need_refusals(void);
/* Have a system call, by name, return this errno value. */
void refuse_call(const char *name, int code);
/* The same if these bits of its first argument are all unset. */
void refuse_call_without(const char *name, uint64_t bits, int code);
/* The same if these bits are all set. */
void refuse_call_with(const char *name, uint64_t bits, int code);
/* The same if that argument, from 0, is this. */
void refuse_argument(const char *name, unsigned which, uint64_t value,
		     int code);
/* Have a system call kill its process by SIGSYS. */
void kill_on_call(const char *name);
/* The same if its first argument is at least this. */
void kill_on_call_from(const char *name, uint64_t least);

#endif
