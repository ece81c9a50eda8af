/* SPDX-License-Identifier: MIT */
/*
 * r7 carries the call's number but is the frame pointer of Thumb code, where
 * the compiler won't give it away: it is put aside around the call.
 */
#define ARCH_CLONE 1
#define ARCH_EXECVEAT 387
#define ARCH_ELF_MACHINE 40
#define ARCH_ELF_FLAGS 0x05000000

ARCH_INLINE CHILD_CODE long arch_call(long number, long a, long b, long c,
				      long d, long e)
{
	register long r0 __asm__("r0") = a;
	register long r1 __asm__("r1") = b;
	register long r2 __asm__("r2") = c;
	register long r3 __asm__("r3") = d;
	register long r4 __asm__("r4") = e;
	long aside;

	__asm__ volatile("mov %1, r7\n\t"
			 "mov r7, %2\n\t"
			 "svc #0\n\t"
			 "mov r7, %1"
			 : "+r"(r0), "=&r"(aside)
			 : "r"(number), "r"(r1), "r"(r2), "r"(r3), "r"(r4)
			 : "memory");
	return r0;
}

/* The child's number in r0 is 0; it has no use for what was put aside. */
#define ARCH_ENTER                                                             \
	"mov r8, r7\n\t"                                                       \
	"mov r7, r9\n\t"                                                       \
	"svc #0\n\t"                                                           \
	"cmp r0, #0\n\t"                                                       \
	"bne 1f\n\t"                                                           \
	"mov r0, r6\n\t"                                                       \
	"blx r5\n\t"                                                           \
	"udf #0\n"                                                             \
	"1: mov r7, r8"

static inline CHILD_CODE long arch_clone(long flags, void *stack_end,
					 int32_t *pidfd, uint32_t *word,
					 void (*entry)(void *), void *data)
{
	register long r9 __asm__("r9") = SYS_clone;
	register long r0 __asm__("r0") = flags;
	register void *r1 __asm__("r1") = stack_end;
	register int32_t *r2 __asm__("r2") = pidfd;
	register long r3 __asm__("r3") = 0;
	register uint32_t *r4 __asm__("r4") = word;
	register void (*r5)(void *) __asm__("r5") = entry;
	register void *r6 __asm__("r6") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(r0)
			 : "r"(r9), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5),
			   "r"(r6)
			 : "r8", "lr", "cc", "memory");
	return r0;
}

static inline long arch_clone3(void *args, long size, void (*entry)(void *),
			       void *data)
{
	register long r9 __asm__("r9") = 435;
	register long r0 __asm__("r0") = (long)args;
	register long r1 __asm__("r1") = size;
	register void (*r5)(void *) __asm__("r5") = entry;
	register void *r6 __asm__("r6") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(r0)
			 : "r"(r9), "r"(r1), "r"(r5), "r"(r6)
			 : "r8", "lr", "cc", "memory");
	return r0;
}
