/* SPDX-License-Identifier: MIT */
/*
 * What this process has learnt of its kernel, in one word: the only variable
 * of the library. Nothing is asked before it is needed.
 */
#ifndef LIBSPAWN_BACKEND_KERNEL_H
#define LIBSPAWN_BACKEND_KERNEL_H

#include <stdint.h>

/* Facts: what CHILD_LEARNS of child/plan.h has, and these. */
/*
 * A child is created with SIGCHLD: without a signal the kernel has none, or
 * its exec leaves it without.
 */
#define KERNEL_NEEDS_SIGNAL UINT32_C(4)
/* A child in the caller's memory is that, and no copy made by an emulator. */
#define KERNEL_SHARES UINT32_C(8)
#define KERNEL_PROVEN(backend) (UINT32_C(8) << (backend))

/* kernel.c */
uint32_t libspawn__kernel_facts(void);
/* Other bits than facts are ignored. */
void libspawn__kernel_learn(uint32_t facts);
/*
 * Brackets a start whose child changes its ids: the kernel then resets the
 * dumpable flag of all who share the child's memory. The first of several
 * starts at the same time reads the flag, the last one restores it.
 */
void libspawn__kernel_enter_change(void);
void libspawn__kernel_leave_change(void);

#endif
