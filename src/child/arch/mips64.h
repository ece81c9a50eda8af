/* SPDX-License-Identifier: MIT */
/*
 * The ABI called n64. An error is a flag, in a3, beside a positive errno. entry
 * and data go to the child in registers that survive the call, s0 and s1: its
 * stack is empty. A function finds its data by its own address in t9. The frame
 * pointer and the address of return are cleared: there debuggers stop.
 */
#define ARCH_CLONE 1
#define ARCH_EXECVEAT 5316
#define ARCH_ELF_MACHINE 8
#define ARCH_ELF_FLAGS 0x80000006 /* position-independent, 64r2 */
#define ARCH_FIRST_CALL 5000

#define ARCH_CALL                                                              \
	"syscall\n\t"                                                          \
	"beq $7, $0, 1f\n\t"                                                   \
	"nop\n\t"                                                              \
	"dsubu $2, $0, $2\n"                                                   \
	"1:"
#define ARCH_BEGIN                                                             \
	".set push\n\t"                                                        \
	".set noreorder\n\t"
#define ARCH_END "\n\t.set pop"
#define ARCH_CLOBBERS                                                          \
	"$1", "$3", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24",     \
		"$25", "hi", "lo", "memory"

ARCH_INLINE CHILD_CODE long arch_call(long number, long a, long b, long c,
				      long d, long e)
{
	register long v0 __asm__("$2") = number;
	register long a0 __asm__("$4") = a;
	register long a1 __asm__("$5") = b;
	register long a2 __asm__("$6") = c;
	register long a3 __asm__("$7") = d;
	register long a4 __asm__("$8") = e;

	__asm__ volatile(ARCH_BEGIN ARCH_CALL ARCH_END
			 : "+r"(v0), "+r"(a3)
			 : "r"(a0), "r"(a1), "r"(a2), "r"(a4)
			 : ARCH_CLOBBERS);
	return v0;
}

/* 0 is the child, which calls entry(data); all else goes on behind it. */
#define ARCH_ENTER                                                             \
	ARCH_BEGIN ARCH_CALL "\n\t"                                            \
			     "bne $2, $0, 2f\n\t"                              \
			     "nop\n\t"                                         \
			     "move $30, $0\n\t"                                \
			     "move $31, $0\n\t"                                \
			     "move $25, $16\n\t"                               \
			     "jalr $25\n\t"                                    \
			     "move $4, $17\n\t"                                \
			     "break\n"                                         \
			     "2:" ARCH_END

static inline CHILD_CODE long arch_clone(long flags, void *stack_end,
					 int32_t *pidfd, uint32_t *word,
					 void (*entry)(void *), void *data)
{
	register long v0 __asm__("$2") = SYS_clone;
	register long a0 __asm__("$4") = flags;
	register void *a1 __asm__("$5") = stack_end;
	register int32_t *a2 __asm__("$6") = pidfd;
	register long a3 __asm__("$7") = 0;
	register uint32_t *a4 __asm__("$8") = word;
	register void (*s0)(void *) __asm__("$16") = entry;
	register void *s1 __asm__("$17") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(v0), "+r"(a3)
			 : "r"(a0), "r"(a1), "r"(a2), "r"(a4), "r"(s0), "r"(s1)
			 : "$31", ARCH_CLOBBERS);
	return v0;
}

static inline long arch_clone3(void *args, long size, void (*entry)(void *),
			       void *data)
{
	register long v0 __asm__("$2") = ARCH_FIRST_CALL + 435;
	register void *a0 __asm__("$4") = args;
	register long a1 __asm__("$5") = size;
	register long a3 __asm__("$7") = 0;
	register void (*s0)(void *) __asm__("$16") = entry;
	register void *s1 __asm__("$17") = data;

	__asm__ volatile(ARCH_ENTER
			 : "+r"(v0), "+r"(a3)
			 : "r"(a0), "r"(a1), "r"(s0), "r"(s1)
			 : "$8", "$31", ARCH_CLOBBERS);
	return v0;
}
