/* SPDX-License-Identifier: MIT */
/*
 * All that libspawn promises of every start, written out by hand: no signal
 * handler runs in the child, it is stopped by no signal before it is heard of,
 * it leaves no descriptor open, and the caller knows that it has left the
 * memory and executed. No option, no error that is told, no fallback, and no
 * line that is not needed: what is above it is the price of a library. Waiting,
 * and begun and finished with a copy of the environment.
 */
#define _GNU_SOURCE
#include "clock.h"
#include "method.h"

#include <errno.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Nothing of the child's is the library's. */
#define CHILD_CODE
#include "child/arch/arch.h"

extern char **environ;

#if ARCH_CLONE

enum { STACK = 16384, TEXT = 65536, VARIABLES = 1024 };

struct hand {
	char stack[STACK];
	char text[TEXT];
	char *variables[VARIABLES];
	const struct target *target;
	char **env;
	sigset_t mask;
	uint32_t occupied; /* until the child has left the memory */
};

static _Thread_local _Alignas(64) struct hand hand;

static long call(long number, long a, long b, long c, long d)
{
	return arch_call(number, a, b, c, d, 0);
}

#define ADDRESS(pointer) ((long)(uintptr_t)(pointer))

static void set_mask(const sigset_t *mask, sigset_t *old)
{
	call(SYS_rt_sigprocmask, SIG_SETMASK, ADDRESS(mask), ADDRESS(old),
	     _NSIG / 8);
}

static void run_child(void *data)
{
	const struct hand *mine = data;
	const struct timespec now = { 0, 0 };
	sigset_t stops;

	call(SYS_close_range, 3, INT32_MAX, CLOSE_RANGE_CLOEXEC, 0);
	sigemptyset(&stops);
	sigaddset(&stops, SIGQUIT);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGTTIN);
	sigaddset(&stops, SIGTTOU);
	call(SYS_rt_sigtimedwait, ADDRESS(&stops), 0, ADDRESS(&now), _NSIG / 8);
	set_mask(&mine->mask, NULL);
	call(SYS_execve, ADDRESS(mine->target->program),
	     ADDRESS(mine->target->argv), ADDRESS(mine->env), 0);
	call(SYS_exit, 127, 0, 0, 0);
}

static long create(const struct target *target, char **env, uint64_t more)
{
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_CHILD_CLEARTID | CLONE_CLEAR_SIGHAND |
			 more,
		.child_tid = (uint64_t)(uintptr_t)&hand.occupied,
		.stack = (uint64_t)(uintptr_t)hand.stack,
		.stack_size = STACK,
	};
	sigset_t all;

	hand.target = target;
	hand.env = env;
	hand.occupied = 1;
	memset(&all, 0xff, sizeof all);
	set_mask(&all, &hand.mask);
	return arch_clone3(&args, CLONE_ARGS_SIZE_VER0, run_child, &hand);
}

/* One that has executed is no child of the kind that it was made as. */
static int tell(struct started *started, long pid)
{
	siginfo_t info;

	info.si_pid = 0;
	if (waitid(P_PID, (id_t)pid, &info,
		   WEXITED | WNOHANG | WNOWAIT | __WCLONE) == 0)
		return ENOEXEC;
	started->pid = (pid_t)pid;
	return 0;
}

static int start_waiting(struct started *started, const struct target *target,
			 const void *data)
{
	long pid = create(target, environ, CLONE_VFORK);
	int code = pid < 0 ? (int)-pid : tell(started, pid);

	(void)data;
	set_mask(&hand.mask, NULL);
	return code;
}

/* In one piece, for strings that lie in one, as those of a program do. */
static char **copy_environment(void)
{
	const char *first = environ[0];
	size_t count = 0;
	size_t bytes;

	while (environ[count])
		count++;
	if (count == 0 || count >= VARIABLES)
		return environ;
	bytes = (size_t)(environ[count - 1] - first) +
		strlen(environ[count - 1]) + 1;
	if (bytes > TEXT)
		return environ;
	memcpy(hand.text, first, bytes);
	for (size_t n = 0; n < count; n++) {
		size_t at = (size_t)(environ[n] - first);

		if (at >= bytes)
			return environ;
		hand.variables[n] = hand.text + at;
	}
	hand.variables[count] = NULL;
	return hand.variables;
}

static int begin_and_finish(struct started *started,
			    const struct target *target, const void *data)
{
	long pid = create(target, copy_environment(), 0);

	(void)data;
	set_mask(&hand.mask, NULL);
	started->begun_ns = now_ns();
	if (pid < 0)
		return (int)-pid;
	while (__atomic_load_n(&hand.occupied, __ATOMIC_ACQUIRE))
		call(SYS_futex, ADDRESS(&hand.occupied), FUTEX_WAIT, 1, 0);
	return tell(started, pid);
}

static const char *why_not(const void *data)
{
	(void)data;
	return NULL;
}

#else

static const char *why_not(const void *data)
{
	(void)data;
	return "no way to call clone3() is known on this processor";
}

static int start_waiting(struct started *started, const struct target *target,
			 const void *data)
{
	(void)started;
	(void)target;
	(void)data;
	return ENOTSUP;
}

#define begin_and_finish start_waiting

#endif

static const struct method hand_table[] = {
	{ .name = "by-hand",
	  .case_name = "promises",
	  .prepare = why_not,
	  .start = start_waiting },
	{ .name = "by-hand",
	  .case_name = "begun",
	  .prepare = why_not,
	  .start = begin_and_finish },
};

METHOD_GROUP(hand_methods, hand_table);
