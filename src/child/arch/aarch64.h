/* SPDX-License-Identifier: MIT */
/*
 * entry and data go to the child in registers that survive the call, x19 and
 * x20: its stack is empty. The frame pointer is cleared: there debuggers stop.
 */
#define ARCH_CLONE 1
#define ARCH_EXECVEAT 281
#define ARCH_ELF_MACHINE 183
#define ARCH_ELF_FLAGS 0

ARCH_INLINE CHILD_CODE long arch_call(long number, long a, long b, long c,
				      long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

/* 0 is the child, which calls entry(data); all else goes on behind it. */
#define ARCH_ENTER                                                             \
	"svc #0\n\t"                                                           \
	"cbnz x0, 1f\n\t"                                                      \
	"mov x29, xzr\n\t"                                                     \
	"mov x30, xzr\n\t"                                                     \
	"mov x0, x20\n\t"                                                      \
	"blr x19\n\t"                                                          \
	"brk #0\n"                                                             \
	"1:"

static inline CHILD_CODE long arch_clone(long flags, void *stack_end,
					 int32_t *pidfd, uint32_t *word,
					 void (*entry)(void *), void *data)
{
	register long x8 __asm__("x8") = SYS_clone;
	register long x0 __asm__("x0") = flags;
	register void *x1 __asm__("x1") = stack_end;
	register int32_t *x2 __asm__("x2") = pidfd;
	register long x3 __asm__("x3") = 0;
	register uint32_t *x4 __asm__("x4") = word;
	register void (*x19)(void *) __asm__("x19") = entry;
	register void *x20 __asm__("x20") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4),
			   "r"(x19), "r"(x20)
			 : "x30", "cc", "memory");
	return x0;
}

static inline long arch_clone3(void *args, long size, void (*entry)(void *),
			       void *data)
{
	register long x8 __asm__("x8") = 435;
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = size;
	register void (*x19)(void *) __asm__("x19") = entry;
	register void *x20 __asm__("x20") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x19), "r"(x20)
			 : "x30", "cc", "memory");
	return x0;
}
