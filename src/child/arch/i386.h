/* SPDX-License-Identifier: MIT */
/* All registers are arguments of clone(): entry and data go by the stack. */
#define ARCH_CLONE 1
#define ARCH_EXECVEAT 358
#define ARCH_ELF_MACHINE 3
#define ARCH_ELF_FLAGS 0

ARCH_INLINE CHILD_CODE long arch_call(long number, long a, long b, long c,
				      long d, long e)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory");
	return result;
}

#define ARCH_ENTER                                                             \
	"int $0x80\n\t"                                                        \
	"test %%eax, %%eax\n\t"                                                \
	"jnz 1f\n\t"                                                           \
	"xor %%ebp, %%ebp\n\t"                                                 \
	"pop %%eax\n\t"                                                        \
	"call *%%eax\n\t"                                                      \
	"hlt\n"                                                                \
	"1:"

/* Below an aligned end: entry, then, aligned as an argument must be, data. */
#define ARCH_STACK_USED 20

static inline CHILD_CODE void *arch_put_call(char *stack_end,
					     void (*entry)(void *), void *data)
{
	uint32_t *top = (uint32_t *)(void *)(stack_end - ARCH_STACK_USED);

	top[0] = (uint32_t)(uintptr_t)entry;
	top[1] = (uint32_t)(uintptr_t)data;
	return top;
}

static inline CHILD_CODE long arch_clone(long flags, void *stack_end,
					 int32_t *pidfd, uint32_t *word,
					 void (*entry)(void *), void *data)
{
	long result;

	__asm__ volatile(ARCH_ENTER
			 : "=a"(result)
			 : "a"((long)SYS_clone), "b"(flags),
			   "c"(arch_put_call(stack_end, entry, data)),
			   "d"(pidfd), "S"(0L), "D"(word)
			 : "cc", "memory");
	return result;
}

/* args is struct clone_args: words 5 and 6 are the stack and its size. */
static inline long arch_clone3(void *args, long size, void (*entry)(void *),
			       void *data)
{
	uint64_t *words = args;
	uint64_t stack_size = words[6];
	char *stack = (char *)(uintptr_t)words[5];
	long result;

	arch_put_call(stack + stack_size, entry, data);
	words[6] = stack_size - ARCH_STACK_USED;
	__asm__ volatile(ARCH_ENTER
			 : "=a"(result)
			 : "a"(435L), "b"(args), "c"(size)
			 : "cc", "memory");
	words[6] = stack_size;
	return result;
}
