/* SPDX-License-Identifier: MIT */
/*
 * entry and data go to the child in registers that survive the call, r12 and
 * r13: its stack is empty. The frame pointer is cleared: there debuggers stop.
 */
#define ARCH_CLONE 1
#define ARCH_EXECVEAT 322
#define ARCH_ELF_MACHINE 62
#define ARCH_ELF_FLAGS 0

ARCH_INLINE CHILD_CODE long arch_call(long number, long a, long b, long c,
				      long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			   "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

/* 0 is the child, which calls entry(data); all else goes on behind it. */
#define ARCH_ENTER                                                             \
	"syscall\n\t"                                                          \
	"test %%rax, %%rax\n\t"                                                \
	"jnz 1f\n\t"                                                           \
	"xor %%ebp, %%ebp\n\t"                                                 \
	"mov %%r13, %%rdi\n\t"                                                 \
	"call *%%r12\n\t"                                                      \
	"hlt\n"                                                                \
	"1:"

static inline CHILD_CODE long arch_clone(long flags, void *stack_end,
					 int32_t *pidfd, uint32_t *word,
					 void (*entry)(void *), void *data)
{
	register void *r10 __asm__("r10") = word;
	register long r8 __asm__("r8") = 0;
	register void (*r12)(void *) __asm__("r12") = entry;
	register void *r13 __asm__("r13") = data;
	long result;

	__asm__ volatile(ARCH_ENTER
			 : "=a"(result)
			 : "a"((long)SYS_clone), "D"(flags), "S"(stack_end),
			   "d"(pidfd), "r"(r10), "r"(r8), "r"(r12), "r"(r13)
			 : "rcx", "r11", "cc", "memory");
	return result;
}

static inline long arch_clone3(void *args, long size, void (*entry)(void *),
			       void *data)
{
	register void (*r12)(void *) __asm__("r12") = entry;
	register void *r13 __asm__("r13") = data;
	long result;

	__asm__ volatile(ARCH_ENTER
			 : "=a"(result)
			 : "a"(435L), "D"(args), "S"(size), "r"(r12), "r"(r13)
			 : "rcx", "r11", "cc", "memory");
	return result;
}
