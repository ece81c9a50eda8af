/* SPDX-License-Identifier: MIT */
/*
 * The program that is started: it writes the time (CLOCK_MONOTONIC, in
 * nanoseconds, 8 bytes) to descriptor 2, which tells that it ran and when, and
 * exits. Without a libc, since the time to set one up is not the launcher's.
 */
#if defined(__x86_64__) && !defined(__ILP32__)

#define CLOCK_GETTIME 228
#define WRITE 1
#define EXIT 231

static long call(long number, long first, long second, long third)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(second), "d"(third)
			 : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

#define CLOCK_GETTIME 113
#define WRITE 64
#define EXIT 94

static long call(long number, long first, long second, long third)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = first;
	register long x1 __asm__("x1") = second;
	register long x2 __asm__("x2") = third;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2)
			 : "memory");
	return x0;
}

#endif

void _start(void);
void _start(void)
{
	long now[2] = { 0, 0 };
	unsigned long nanoseconds;

	call(CLOCK_GETTIME, 1, (long)now, 0);
	nanoseconds =
		(unsigned long)now[0] * 1000000000u + (unsigned long)now[1];
	call(EXIT, call(WRITE, 2, (long)&nanoseconds, 8) != 8, 0, 0);
	__builtin_unreachable();
}
