/* SPDX-License-Identifier: MIT */
/*
 * The first process of a pid namespace. It can't stay in the memory of the
 * caller, who sleeps until it has left, and it must not be a fork; so it
 * executes a program of its own, which is made of one function of this file and
 * depends on nothing that is mounted.
 */
#define _GNU_SOURCE
/* Where this program runs there are no counters. */
#undef LIBSPAWN_COUNTED
#include "child/init.h"

#include "child/steps.h"

#if ARCH_CLONE

/* The second process that was ever in the namespace. */
enum { PROGRAM = 2 };
/* <signal.h>, <sys/wait.h>, in the numbers of the kernel. */
enum { NO_HANG = 1, EXITED = 4, KEEP = 0x1000000 };
enum { WAIT_ALL = 0x40000000, SET_NAME = 15 /* PR_SET_NAME */ };

/* ---- The program ------------------------------------------------------- */

/*
 * The kernel enters it as no caller would align the stack. And gcc for i386
 * calls for the address of a table that is not used, unless it optimises.
 */
#if defined(__i386__) && !defined(__clang__)
#define INIT_CODE                                                              \
	__attribute__((section(INIT_SECTION), used, force_align_arg_pointer,   \
		       optimize("O1")))
#elif defined(__x86_64__) || defined(__i386__)
#define INIT_CODE                                                              \
	__attribute__((section(INIT_SECTION), used, force_align_arg_pointer))
#elif defined(__powerpc64__) && !defined(__clang__)
/* With -Os it would call what the linker adds to save registers. */
#define INIT_CODE __attribute__((section(INIT_SECTION), used, optimize("O2")))
#else
#define INIT_CODE __attribute__((section(INIT_SECTION), used))
#endif

/*
 * All signals are blocked, and taken one by one. One that the kernel sent (its
 * code is above 0), as a terminal does to a whole group, the program has got
 * too, but for the end of the terminal, of which the leader of its session
 * alone is told; so it has what it sent itself, to its group. Nothing here may
 * refer to anything outside of this function: no constant data, no call,
 * nothing that a compiler makes a call of.
 */
INIT_CODE CHILD_CODE void libspawn__init_main(void)
{
	const uint64_t name = UINT64_C(0x74696e69); /* "init" */
	struct sys_set all;
	int32_t info[32]; /* siginfo_t */
	int is_news;
	int32_t status;
	long number;
	long pid;

	all.low = ~UINT64_C(0);
	all.high = ~UINT64_C(0);
	arch_call(SYS_prctl, SET_NAME, SYS_ARG(&name), 0, 0, 0);
	for (;;) {
		do {
			pid = arch_call(SYS_wait4, -1, SYS_ARG(&status),
					NO_HANG | WAIT_ALL, 0, 0);
			if (pid == PROGRAM)
				arch_call(SYS_exit_group,
					  status & 0x7f ? 128 + (status & 0x7f)
							: status >> 8 & 0xff,
					  0, 0, 0, 0);
		} while (pid > 0);
		number = arch_call(SYS_rt_sigtimedwait, SYS_ARG(&all),
				   SYS_ARG(info), 0, SYS_SET_SIZE, 0);
		if (number <= 0 || number == SYS_SIGCHLD)
			continue;
		if (info[SYS_INFO_CODE] <= 0)
			is_news = info[SYS_INFO_PID] != PROGRAM;
		else
			is_news = number == SYS_SIGHUP &&
				  arch_call(SYS_getsid, 0, 0, 0, 0, 0) == 1;
		if (is_news)
			arch_call(SYS_kill, PROGRAM, number, 0, 0, 0);
	}
}

/* ---- How it comes to be ------------------------------------------------ */

/* SIG_IGN and SA_NOCLDWAIT, in the numbers of the kernel. */
enum { NOT_MINDED = 1 };
#ifdef __mips__
enum { NOT_AWAITED = 0x10000 };
#else
enum { NOT_AWAITED = 2 };
#endif

/* The flag alone does the same; exec clears it. */
CHILD_CODE long libspawn__init_mind(int32_t *ignored)
{
	struct sys_action action;
	long code = sys_get_action(SYS_SIGCHLD, &action);

	*ignored = code >= 0 && action.handler == NOT_MINDED;
	if (code < 0 || !(*ignored || action.flags & NOT_AWAITED))
		return code;
	sys_fill_action(&action, 0);
	return sys_set_action(SYS_SIGCHLD, &action);
}

CHILD_CODE void libspawn__init_ignore_again(void)
{
	struct sys_action action;

	sys_fill_action(&action, NOT_MINDED);
	sys_set_action(SYS_SIGCHLD, &action);
}

/* Without a signal: exec alone makes it an ordinary child. */
CHILD_CODE long libspawn__init_create(char *stack_end, void (*run)(void *),
				      void *data)
{
	long pid = arch_clone(SYS_CLONE_VM | SYS_CLONE_VFORK, stack_end, NULL,
			      NULL, run, data);

	/* Somebody has been in the namespace before. */
	return pid > 0 && pid != PROGRAM ? -EEXIST : pid;
}

CHILD_CODE int libspawn__init_is_served(long pid)
{
	return arch_call(SYS_waitid, 1 /* P_PID */, pid, 0,
			 EXITED | NO_HANG | KEEP, 0) >= 0;
}

/* Nothing stays open. */
CHILD_CODE long libspawn__init_become(struct launch *launch, int program)
{
	const char *argv[2];
	char *env[1];
	long code = libspawn__fds_close_others(launch, 0);

	if (code < 0)
		return code;
	argv[0] = "init";
	argv[1] = NULL;
	env[0] = NULL;
	return sys_exec_fd(program, argv, env);
}

#else

CHILD_CODE long libspawn__init_mind(int32_t *ignored)
{
	*ignored = 0;
	return 0;
}

CHILD_CODE void libspawn__init_ignore_again(void)
{
}

CHILD_CODE long libspawn__init_create(char *stack_end, void (*run)(void *),
				      void *data)
{
	(void)stack_end;
	(void)run;
	(void)data;
	return -ENOTSUP;
}

CHILD_CODE int libspawn__init_is_served(long pid)
{
	(void)pid;
	return 0;
}

CHILD_CODE long libspawn__init_become(struct launch *launch, int program)
{
	(void)launch;
	(void)program;
	return -ENOTSUP;
}

#endif
