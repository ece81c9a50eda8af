/* SPDX-License-Identifier: MIT */
/*
 * The ABI called ELFv2. An error is a bit, SO of cr0, beside a positive errno.
 * entry and data go to the child in registers that survive the call, r28 and
 * r29. Whoever is called may write to the frame above it, of 32 bytes at
 * least, whose first word leads on to the caller's: 0 there, debuggers stop. A
 * function finds its data by its own address in r12.
 */
#define ARCH_CLONE 1
#define ARCH_EXECVEAT 362
#define ARCH_ELF_MACHINE 21
#define ARCH_ELF_FLAGS 2 /* ELFv2 */

#define ARCH_CALL                                                              \
	"sc\n\t"                                                               \
	"bns 1f\n\t"                                                           \
	"neg 3, 3\n"                                                           \
	"1:"
#define ARCH_CLOBBERS                                                          \
	"r8", "r9", "r10", "r11", "r12", "cr0", "cr1", "cr5", "cr6", "cr7",    \
		"ctr", "xer", "memory"

ARCH_INLINE CHILD_CODE long arch_call(long number, long a, long b, long c,
				      long d, long e)
{
	register long r0 __asm__("r0") = number;
	register long r3 __asm__("r3") = a;
	register long r4 __asm__("r4") = b;
	register long r5 __asm__("r5") = c;
	register long r6 __asm__("r6") = d;
	register long r7 __asm__("r7") = e;

	__asm__ volatile(ARCH_CALL
			 : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6),
			   "+r"(r7)
			 :
			 : ARCH_CLOBBERS);
	return r3;
}

/* 0 is the child, which calls entry(data); all else goes on behind it. */
#define ARCH_ENTER                                                             \
	ARCH_CALL "\n\t"                                                       \
		  "cmpdi 3, 0\n\t"                                             \
		  "bne 2f\n\t"                                                 \
		  "addi 1, 1, -64\n\t"                                         \
		  "li 0, 0\n\t"                                                \
		  "std 0, 0(1)\n\t"                                            \
		  "mr 12, 28\n\t"                                              \
		  "mtctr 12\n\t"                                               \
		  "mr 3, 29\n\t"                                               \
		  "bctrl\n\t"                                                  \
		  "trap\n"                                                     \
		  "2:"

static inline CHILD_CODE long arch_clone(long flags, void *stack_end,
					 int32_t *pidfd, uint32_t *word,
					 void (*entry)(void *), void *data)
{
	register long r0 __asm__("r0") = SYS_clone;
	register long r3 __asm__("r3") = flags;
	register long r4 __asm__("r4") = (long)stack_end;
	register long r5 __asm__("r5") = (long)pidfd;
	register long r6 __asm__("r6") = 0;
	register long r7 __asm__("r7") = (long)word;
	register void (*r28)(void *) __asm__("r28") = entry;
	register void *r29 __asm__("r29") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6),
			   "+r"(r7)
			 : "r"(r28), "r"(r29)
			 : "lr", ARCH_CLOBBERS);
	return r3;
}

static inline long arch_clone3(void *args, long size, void (*entry)(void *),
			       void *data)
{
	register long r0 __asm__("r0") = 435;
	register long r3 __asm__("r3") = (long)args;
	register long r4 __asm__("r4") = size;
	register void (*r28)(void *) __asm__("r28") = entry;
	register void *r29 __asm__("r29") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(r0), "+r"(r3), "+r"(r4)
			 : "r"(r28), "r"(r29)
			 : "r5", "r6", "r7", "lr", ARCH_CLOBBERS);
	return r3;
}
