/* SPDX-License-Identifier: MIT */
/*
 * entry and data go to the child in registers that survive the call, s0 and s1:
 * its stack is empty. The frame pointer is cleared: there debuggers stop.
 */
#define ARCH_CLONE 1
#define ARCH_EXECVEAT 281
#define ARCH_ELF_MACHINE 258
#define ARCH_ELF_FLAGS 0x43 /* lp64d */

#define ARCH_CLOBBERS                                                          \
	"$r12", "$r13", "$r14", "$r15", "$r16", "$r17", "$r18", "$r19",        \
		"$r20", "memory"

ARCH_INLINE CHILD_CODE long arch_call(long number, long a, long b, long c,
				      long d, long e)
{
	register long a7 __asm__("$r11") = number;
	register long a0 __asm__("$r4") = a;
	register long a1 __asm__("$r5") = b;
	register long a2 __asm__("$r6") = c;
	register long a3 __asm__("$r7") = d;
	register long a4 __asm__("$r8") = e;

	__asm__ volatile("syscall 0"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4)
			 : ARCH_CLOBBERS);
	return a0;
}

/* 0 is the child, which calls entry(data); all else goes on behind it. */
#define ARCH_ENTER                                                             \
	"syscall 0\n\t"                                                        \
	"bnez $a0, 1f\n\t"                                                     \
	"move $fp, $zero\n\t"                                                  \
	"move $a0, $s1\n\t"                                                    \
	"jirl $ra, $s0, 0\n\t"                                                 \
	"break 0\n"                                                            \
	"1:"

static inline CHILD_CODE long arch_clone(long flags, void *stack_end,
					 int32_t *pidfd, uint32_t *word,
					 void (*entry)(void *), void *data)
{
	register long a7 __asm__("$r11") = SYS_clone;
	register long a0 __asm__("$r4") = flags;
	register void *a1 __asm__("$r5") = stack_end;
	register int32_t *a2 __asm__("$r6") = pidfd;
	register uint32_t *a3 __asm__("$r7") = word;
	register long a4 __asm__("$r8") = 0;
	register void (*s0)(void *) __asm__("$r23") = entry;
	register void *s1 __asm__("$r24") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(s0),
			   "r"(s1)
			 : "$r1", ARCH_CLOBBERS);
	return a0;
}

static inline long arch_clone3(void *args, long size, void (*entry)(void *),
			       void *data)
{
	register long a7 __asm__("$r11") = 435;
	register long a0 __asm__("$r4") = (long)args;
	register long a1 __asm__("$r5") = size;
	register void (*s0)(void *) __asm__("$r23") = entry;
	register void *s1 __asm__("$r24") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(s0), "r"(s1)
			 : "$r1", ARCH_CLOBBERS);
	return a0;
}
