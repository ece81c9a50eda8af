/* SPDX-License-Identifier: MIT */
/* The same as target.c with a C library, which the kernel must load too. */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct timespec now;
	uint64_t nanoseconds;

	clock_gettime(CLOCK_MONOTONIC, &now);
	nanoseconds =
		(uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	return write(2, &nanoseconds, sizeof nanoseconds) !=
	       (ssize_t)sizeof nanoseconds;
}
