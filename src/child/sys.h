/* SPDX-License-Identifier: MIT */
/*
 * The contract of the system: every call the child may make. Each returns a
 * value >= 0 or -errno, and touches no memory of a C library.
 */
#ifndef LIBSPAWN_CHILD_SYS_H
#define LIBSPAWN_CHILD_SYS_H

#include <errno.h>
#include <stdint.h>

/*
 * Nothing may be compiled into the child that calls out or writes elsewhere:
 * this keeps it so where flags can't be given file by file. LIBSPAWN_COUNTED,
 * for tests only: clang's counters, which are in memory and call nothing.
 */
#if defined(LIBSPAWN_COUNTED)
#define CHILD_CODE __attribute__((no_stack_protector))
#elif defined(__clang__)
#define CHILD_CODE                                                             \
	__attribute__((no_sanitize("address", "thread", "undefined", "memory", \
				   "coverage"),                                \
		       no_stack_protector, no_instrument_function,             \
		       no_profile_instrument_function,                         \
		       disable_sanitizer_instrumentation))
#elif defined(__GNUC__) && __GNUC__ >= 11
#define CHILD_CODE                                                             \
	__attribute__((no_sanitize("address", "thread", "undefined"),          \
		       no_stack_protector, no_instrument_function,             \
		       no_profile_instrument_function, no_sanitize_coverage))
#else
#define CHILD_CODE __attribute__((no_instrument_function))
#endif

/* Hazard 7: no call of the child may go by way of the dynamic linker. */
#define CHILD_HIDDEN __attribute__((visibility("hidden")))

/*
 * The raw calls of Linux, but not where the numbers of sys_linux.h are others
 * or a signal set of 64 bits is not one word or two in order; nor on x32, whose
 * long is not that of the kernel's structs. LIBSPAWN_PORTABLE builds what all
 * the others get, to test it on Linux.
 */
#if !defined(__linux__) || defined(LIBSPAWN_PORTABLE) ||                       \
	(defined(__mips__) && _MIPS_SIM != _ABI64) || defined(__alpha__) ||    \
	defined(__sparc__) || defined(__hppa__) ||                             \
	(defined(__riscv) && __riscv_xlen == 32) ||                            \
	(defined(__x86_64__) && defined(__ILP32__)) ||                         \
	(__SIZEOF_POINTER__ == 4 && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
#define SYS_IS_LINUX 0
#else
#define SYS_IS_LINUX 1
#endif

/* The first number that is no longer the child's in a table that it parts. */
enum { TABLE_BOUND = 64 };

#if SYS_IS_LINUX
#include "child/sys_linux.h"
#else
#include "child/sys_posix.h"
#endif

/* Takes a descriptor or -errno, which is handed on. Closes it in any case. */
static inline CHILD_CODE long sys_write_file(long fd, const void *text,
					     size_t size)
{
	long code = fd < 0 ? fd : sys_write((int)fd, text, size);

	if (fd >= 0)
		sys_close((int)fd);
	return code;
}

/* 0 is a parent outside of the child's pid namespace: it can't be told. */
static inline CHILD_CODE int sys_has_lost_parent(long parent)
{
	long now = sys_getppid();

	return now != 0 && now != parent;
}

#endif
