/* SPDX-License-Identifier: MIT */
/*
 * Any other processor: the C library's syscall(), and so its errno, which the
 * child shares with a parent that is suspended and puts errno back. There is
 * no clone of our own: the vfork backend is the best here.
 */
#include <errno.h>

#define ARCH_CLONE 0
#define ARCH_EXECVEAT SYS_execveat

long syscall(long number, ...);

static inline CHILD_CODE long arch_call(long number, long a, long b, long c,
					long d, long e)
{
	long result = syscall(number, a, b, c, d, e);

	return result == -1 ? -errno : result;
}
