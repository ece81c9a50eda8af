/* SPDX-License-Identifier: MIT */
/*
 * A program without a C library: src/child and the _start below, linked with
 * -nostdlib. It writes a plan by hand and lets the child's interpreter run it
 * on itself, which proves that the child needs nothing but the kernel.
 *
 *	freestanding			prints "ran", and the file mode mask
 *	freestanding PROGRAM ARGS...	runs PROGRAM by a plan; what the child
 *					reports goes to standard error
 */
#include "child/child.h"
#include "child/launch.h"
#include "child/sys.h"

#if defined(__x86_64__)
__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call begin\n\t"
	"hlt\n");
#elif defined(__i386__)
__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %esp, %eax\n\t"
	"and $-16, %esp\n\t"
	"sub $12, %esp\n\t"
	"push %eax\n\t"
	"call begin\n\t"
	"hlt\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
	"_start:\n\t"
	"mov x29, #0\n\t"
	"mov x30, #0\n\t"
	"mov x0, sp\n\t"
	"bl begin\n");
#elif defined(__arm__)
__asm__(".globl _start\n\t"
	".type _start, %function\n"
	"_start:\n\t"
	"mov r0, sp\n\t"
	"bic r1, r0, #7\n\t"
	"mov sp, r1\n\t"
	"bl begin\n");
#elif defined(__riscv)
__asm__(".globl _start\n"
	"_start:\n\t"
	".option push\n\t"
	".option norelax\n\t"
	"la gp, __global_pointer$\n\t"
	".option pop\n\t"
	"mv a0, sp\n\t"
	"andi sp, sp, -16\n\t"
	"call begin\n");
#elif defined(__s390x__)
__asm__(".globl _start\n"
	"_start:\n\t"
	"lgr %r2, %r15\n\t"
	"aghi %r15, -160\n\t"
	"xc 0(8, %r15), 0(%r15)\n\t"
	"brasl %r14, begin\n");
#elif defined(__powerpc64__)
__asm__(".globl _start\n"
	".type _start, @function\n"
	"_start:\n\t"
	"addis 2, 12, .TOC.-_start@ha\n\t"
	"addi 2, 2, .TOC.-_start@l\n\t"
	"mr 3, 1\n\t"
	"clrrdi 1, 1, 4\n\t"
	"li 0, 0\n\t"
	"addi 1, 1, -64\n\t"
	"std 0, 0(1)\n\t"
	"bl begin\n\t"
	"nop\n");
/* The linker has its own name for it there. */
#elif defined(__mips64)
__asm__(".globl __start\n"
	".ent __start\n"
	"__start:\n\t"
	".set push\n\t"
	".set noreorder\n\t"
	"bal 1f\n\t"
	"move $4, $29\n"
	"1:\t"
	".cpsetup $31, $3, 1b\n\t"
	".set pop\n\t"
	"dla $25, begin\n\t"
	"jalr $25\n"
	".end __start\n");
#elif defined(__loongarch64)
__asm__(".globl _start\n"
	"_start:\n\t"
	"move $a0, $sp\n\t"
	"bl begin\n");
#endif

_Noreturn void begin(char **stack);

static void write_text(const char *text)
{
	long length = 0;

	while (text[length])
		length++;
	arch_call(SYS_write, 1, (long)text, length, 0, 0);
}

/* The mask as four octal digits, for the program to tell what it was given. */
static void write_umask(void)
{
	long mask = arch_call(SYS_umask, 0, 0, 0, 0, 0);
	static char text[] = "umask=0000\n";

	for (int i = 9; i > 5; i--, mask >>= 3)
		text[i] = (char)('0' + (mask & 7));
	write_text(text);
}

/* Static: the compiler may not call memset() to zero them. */
static struct op ops[] = {
	{ .kind = OP_UMASK, .number = 0127, .index = -1 },
	{ .kind = OP_CHDIR, .data = "/", .index = -1 },
	{ .kind = OP_MASK, .index = -1 },
	{ .kind = OP_EXEC, .index = -1 },
};
static struct plan plan = {
	.ops = ops,
	.op_count = sizeof ops / sizeof *ops,
};
static struct launch launch = { .plan = &plan, .report_fd = 2, .pidfd = -1 };

_Noreturn void begin(char **stack)
{
	const long argc = *(long *)(void *)stack;
	char **argv = stack + 1;

	if (argc > 1) {
		ops[3].data = argv[1];
		plan.argv = argv + 1;
		plan.argc = (uint32_t)argc - 1;
		plan.env = argv + argc + 1;
		libspawn__child_run(&launch);
	}
	write_text("ran\n");
	write_umask();
	for (;;)
		arch_call(SYS_exit_group, 0, 0, 0, 0, 0);
}
