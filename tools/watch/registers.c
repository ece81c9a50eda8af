/* SPDX-License-Identifier: MIT */
/*
 * The numbers are those of the psABI of x86-64 (figure 3.36) and of "DWARF for
 * the Arm 64-bit architecture". A 32-bit program has fewer registers, and no
 * stack is read of it; nor on processors that are not here.
 */
#define _GNU_SOURCE
#include "registers.h"

#include <elf.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined(__x86_64__) && defined(__LP64__)

#define STACK 7

static void take_registers(struct registers *registers,
			   const struct user_regs_struct *user)
{
	*registers = (struct registers){
		.count = 16,
		.values = { user->rax, user->rdx, user->rcx, user->rbx,
			    user->rsi, user->rdi, user->rbp, user->rsp,
			    user->r8, user->r9, user->r10, user->r11, user->r12,
			    user->r13, user->r14, user->r15 },
		.address = user->rip,
		.stack = STACK,
	};
}

#elif defined(__aarch64__) && defined(__LP64__)

#define STACK 31

static void take_registers(struct registers *registers,
			   const struct user_regs_struct *user)
{
	*registers = (struct registers){
		.count = 32,
		.address = user->pc,
		.stack = STACK,
	};
	memcpy(registers->values, user->regs, sizeof user->regs);
	registers->values[STACK] = user->sp;
}

#endif

#ifdef STACK

static bool read_registers(struct registers *registers, pid_t tid)
{
	struct user_regs_struct user;
	struct iovec area = { .iov_base = &user, .iov_len = sizeof user };

	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &area) != 0 ||
	    area.iov_len != sizeof user)
		return false;
	take_registers(registers, &user);
	return true;
}

bool registers_know(struct registers *registers, pid_t tid,
		    const struct call *blocked)
{
	if (blocked == NULL)
		return read_registers(registers, tid);
	*registers = (struct registers){
		.address = blocked->address,
		.stack = STACK,
	};
	registers->values[STACK] = blocked->stack;
	return true;
}

#else

bool registers_know(struct registers *registers, pid_t tid,
		    const struct call *blocked)
{
	(void)registers;
	(void)tid;
	(void)blocked;
	return false;
}

#endif
