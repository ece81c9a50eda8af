/* SPDX-License-Identifier: MIT */
/*
 * What this copy of the library has learnt of its kernel, in one word. Nothing
 * is asked before it is needed.
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
/* A shared table of descriptors is cut right, or not: see shared_table.c. */
#define KERNEL_CUTS_TABLES UINT32_C(0x100)
#define KERNEL_CUTS_NO_TABLES UINT32_C(0x200)

/* kernel.c */
uint32_t libspawn__kernel_facts(void);
/* Other bits than facts are ignored. */
void libspawn__kernel_learn(uint32_t facts);

#endif
