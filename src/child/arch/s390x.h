/* SPDX-License-Identifier: MIT */
/*
 * entry and data go to the child in registers that survive the call, r8 and
 * r9. Whoever is called may write to the 160 bytes above the stack pointer, of
 * which the first eight lead on to the caller's frame: 0 there, debuggers stop.
 */
#define ARCH_CLONE 1
#define ARCH_EXECVEAT 354
#define ARCH_ELF_MACHINE 22
#define ARCH_ELF_FLAGS 0

ARCH_INLINE CHILD_CODE long arch_call(long number, long a, long b, long c,
				      long d, long e)
{
	register long r1 __asm__("r1") = number;
	register long r2 __asm__("r2") = a;
	register long r3 __asm__("r3") = b;
	register long r4 __asm__("r4") = c;
	register long r5 __asm__("r5") = d;
	register long r6 __asm__("r6") = e;

	__asm__ volatile("svc 0"
			 : "+d"(r2)
			 : "d"(r1), "d"(r3), "d"(r4), "d"(r5), "d"(r6)
			 : "cc", "memory");
	return r2;
}

/* 0 is the child, which calls entry(data); all else goes on behind it. */
#define ARCH_ENTER                                                             \
	"svc 0\n\t"                                                            \
	"ltgr %%r2, %%r2\n\t"                                                  \
	"jnz 1f\n\t"                                                           \
	"aghi %%r15, -160\n\t"                                                 \
	"xc 0(8, %%r15), 0(%%r15)\n\t"                                         \
	"lgr %%r2, %%r9\n\t"                                                   \
	"basr %%r14, %%r8\n\t"                                                 \
	".short 0\n"                                                           \
	"1:"

/* The stack comes before the flags here. */
static inline CHILD_CODE long arch_clone(long flags, void *stack_end,
					 int32_t *pidfd, uint32_t *word,
					 void (*entry)(void *), void *data)
{
	register long r1 __asm__("r1") = SYS_clone;
	register long r2 __asm__("r2") = (long)stack_end;
	register long r3 __asm__("r3") = flags;
	register int32_t *r4 __asm__("r4") = pidfd;
	register uint32_t *r5 __asm__("r5") = word;
	register long r6 __asm__("r6") = 0;
	register void (*r8)(void *) __asm__("r8") = entry;
	register void *r9 __asm__("r9") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+d"(r2)
			 : "d"(r1), "d"(r3), "d"(r4), "d"(r5), "d"(r6), "d"(r8),
			   "d"(r9)
			 : "r14", "cc", "memory");
	return r2;
}

static inline long arch_clone3(void *args, long size, void (*entry)(void *),
			       void *data)
{
	register long r1 __asm__("r1") = 435;
	register long r2 __asm__("r2") = (long)args;
	register long r3 __asm__("r3") = size;
	register void (*r8)(void *) __asm__("r8") = entry;
	register void *r9 __asm__("r9") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+d"(r2)
			 : "d"(r1), "d"(r3), "d"(r8), "d"(r9)
			 : "r14", "cc", "memory");
	return r2;
}
