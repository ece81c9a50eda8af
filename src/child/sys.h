/* SPDX-License-Identifier: MIT */
/*
 * The contract of the system: every call the child may make. Each returns a
 * value >= 0 or -errno, and touches no memory of a C library.
 */
#ifndef LIBSPAWN_CHILD_SYS_H
#define LIBSPAWN_CHILD_SYS_H

#include <stdint.h>

/*
 * Nothing may be compiled into the child that calls out or writes elsewhere:
 * this keeps it so where flags can't be given file by file.
 */
#if defined(__clang__)
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

/* LIBSPAWN_PORTABLE builds what other systems get, to test it on Linux. */
#if defined(__linux__) && !defined(LIBSPAWN_PORTABLE)
#include "child/sys_linux.h"
#else
#include "child/sys_posix.h"
#endif

#endif
