/* SPDX-License-Identifier: MIT */
/*
 * The contract of a processor on Linux:
 *
 * arch_call(number, a, b, c, d, e) makes a system call; -errno on failure.
 *
 * If ARCH_CLONE is 1: arch_clone(flags, stack_end, pidfd, word, entry, data)
 * and arch_clone3(args, size, entry, data) create a process that calls
 * entry(data), which never returns, on a stack of its own whose end is
 * aligned to 16 bytes; they return its pid, or -errno, to the caller only. And
 * ARCH_ELF_MACHINE and ARCH_ELF_FLAGS are those of a program: elf(5).
 *
 * ARCH_FIRST_CALL: what the numbers of all calls begin with, where it isn't 0.
 * LIBSPAWN_GENERIC builds what a processor without a file here gets, to test it
 * on others.
 */
#ifndef LIBSPAWN_CHILD_ARCH_H
#define LIBSPAWN_CHILD_ARCH_H

#include <stdint.h>
#include <sys/syscall.h>

/* Also without optimisation: src/child/init.c calls nothing. */
#define ARCH_INLINE static inline __attribute__((always_inline))

#if defined(LIBSPAWN_GENERIC)
/* None of these. */
#elif defined(__x86_64__) && defined(__LP64__)
#include "child/arch/x86_64.h"
#elif defined(__i386__)
#include "child/arch/i386.h"
#elif defined(__aarch64__) && defined(__LP64__)
#include "child/arch/aarch64.h"
#elif defined(__arm__) && defined(__ARM_EABI__)
#include "child/arch/arm.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "child/arch/riscv64.h"
#elif defined(__s390x__)
#include "child/arch/s390x.h"
#elif defined(__powerpc64__) && defined(_CALL_ELF) && _CALL_ELF == 2
#include "child/arch/ppc64.h"
#elif defined(__loongarch__) && __loongarch_grlen == 64
#include "child/arch/loongarch64.h"
#elif defined(__mips__) && _MIPS_SIM == _ABI64
#include "child/arch/mips64.h"
#endif
#ifndef ARCH_CLONE
#include "child/arch/generic.h"
#endif

#ifndef ARCH_FIRST_CALL
#define ARCH_FIRST_CALL 0
#endif

#endif
