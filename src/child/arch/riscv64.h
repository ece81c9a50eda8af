/* SPDX-License-Identifier: MIT */
/*
 * entry and data go to the child in registers that survive the call, s2 and s3:
 * its stack is empty. The frame pointer is cleared: there debuggers stop.
 */
#define ARCH_CLONE 1
#define ARCH_EXECVEAT 281
#define ARCH_ELF_MACHINE 243
#define ARCH_ELF_FLAGS 0

ARCH_INLINE CHILD_CODE long arch_call(long number, long a, long b, long c,
				      long d, long e)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4)
			 : "memory");
	return a0;
}

/* 0 is the child, which calls entry(data); all else goes on behind it. */
#define ARCH_ENTER                                                             \
	"ecall\n\t"                                                            \
	"bnez a0, 1f\n\t"                                                      \
	"mv s0, zero\n\t"                                                      \
	"mv a0, s3\n\t"                                                        \
	"jalr s2\n\t"                                                          \
	"ebreak\n"                                                             \
	"1:"

static inline CHILD_CODE long arch_clone(long flags, void *stack_end,
					 int32_t *pidfd, uint32_t *word,
					 void (*entry)(void *), void *data)
{
	register long a7 __asm__("a7") = SYS_clone;
	register long a0 __asm__("a0") = flags;
	register void *a1 __asm__("a1") = stack_end;
	register int32_t *a2 __asm__("a2") = pidfd;
	register long a3 __asm__("a3") = 0;
	register uint32_t *a4 __asm__("a4") = word;
	register void (*s2)(void *) __asm__("s2") = entry;
	register void *s3 __asm__("s3") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(s2),
			   "r"(s3)
			 : "ra", "memory");
	return a0;
}

static inline long arch_clone3(void *args, long size, void (*entry)(void *),
			       void *data)
{
	register long a7 __asm__("a7") = 435;
	register long a0 __asm__("a0") = (long)args;
	register long a1 __asm__("a1") = size;
	register void (*s2)(void *) __asm__("s2") = entry;
	register void *s3 __asm__("s3") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(s2), "r"(s3)
			 : "ra", "memory");
	return a0;
}
