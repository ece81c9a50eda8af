/* SPDX-License-Identifier: MIT */
/*
 * What this process has learnt of its kernel, in one word: the only variable
 * of the library. Nothing is asked before it is needed.
 */
#ifndef LIBSPAWN_BACKEND_KERNEL_H
#define LIBSPAWN_BACKEND_KERNEL_H

#include <stdint.h>

/* kernel.c: CHILD_NO_... that were learnt */
uint32_t libspawn__kernel_refused(void);
void libspawn__kernel_learn(uint32_t refused);
/*
 * The dumpable flag of this process, around a start whose child changes its
 * ids: the kernel resets it for all who share the child's memory.
 */
int libspawn__kernel_keep_dumpable(void);
void libspawn__kernel_restore_dumpable(int kept);

#endif
