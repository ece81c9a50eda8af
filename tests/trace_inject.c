/* SPDX-License-Identifier: MIT */
/*
 * A tracer that makes one system call fail: the N-th of the caller, or the
 * N-th of the child, between the driver's two markers, close(-4242) and
 * close(-4243). It prints every system call between the markers, so that the
 * script that runs it knows what there is to fail:
 *
 *	WHO INDEX NUMBER ARGUMENT x 6 RESULT [MODE]
 *
 *	trace_inject WHO INDEX MODE ERRNO PROGRAM ARGS...
 *
 *   WHO   caller, child or nobody
 *   MODE  before  the call is not made, and returns -ERRNO
 *         after   the call is made, and returns -ERRNO
 *         kill    the process is killed instead of making the call
 *
 * strace counts the N-th call of every process alike; here only the one that
 * is meant is counted, and no startup code before it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
/* After <sys/ptrace.h>, with which it clashes on some systems. */
#include <linux/ptrace.h>

#define MARKER_BEGIN ((unsigned int)-4242)
#define MARKER_END ((unsigned int)-4243)
#define TRACEES_MAX 64

enum { SKIP = 77 };

enum role { CALLER, CHILD, OTHER };

struct tracee {
	pid_t pid;
	enum role role;
	int index; /* of the system call it is in */
	int inside;
	int chosen;
	struct ptrace_syscall_info entry;
};

struct injection {
	enum role role;
	int index;
	const char *mode;
	int error;
};

static struct tracee tracees[TRACEES_MAX];
static int armed;

static const char *const role_names[] = { "caller", "child", "nobody" };

static struct tracee *find_tracee(pid_t pid)
{
	for (int i = 0; i < TRACEES_MAX; i++)
		if (tracees[i].pid == pid)
			return &tracees[i];
	return NULL;
}

static struct tracee *add_tracee(pid_t pid, enum role role)
{
	struct tracee *tracee = find_tracee(0);

	if (!tracee) {
		fprintf(stderr, "trace_inject: too many processes\n");
		exit(2);
	}
	*tracee = (struct tracee){ .pid = pid, .role = role };
	return tracee;
}

#ifdef __x86_64__
enum { SUPPORTED = 1 };

/* Replace the number of the call about to be made by one that there isn't. */
static void skip_call(pid_t pid)
{
	struct user_regs_struct registers;

	ptrace(PTRACE_GETREGS, pid, 0, &registers);
	registers.orig_rax = (unsigned long long)-1;
	ptrace(PTRACE_SETREGS, pid, 0, &registers);
}

static void set_result(pid_t pid, int error)
{
	struct user_regs_struct registers;

	ptrace(PTRACE_GETREGS, pid, 0, &registers);
	registers.rax = (unsigned long long)-(long long)error;
	ptrace(PTRACE_SETREGS, pid, 0, &registers);
}
#else
enum { SUPPORTED = 0 };

static void skip_call(pid_t pid)
{
	(void)pid;
}

static void set_result(pid_t pid, int error)
{
	(void)pid;
	(void)error;
}
#endif

/* Arms at the first marker, disarms at the second; true for either. */
static int is_marker(const struct tracee *tracee)
{
	unsigned int fd = (unsigned int)tracee->entry.entry.args[0];

	if (tracee->role != CALLER || tracee->entry.entry.nr != SYS_close)
		return 0;
	if (fd != MARKER_BEGIN && fd != MARKER_END)
		return 0;
	armed = fd == MARKER_BEGIN;
	return 1;
}

static void print_call(const struct tracee *tracee, long long result,
		       const char *mode)
{
	fprintf(stderr, "%s %d %d", role_names[tracee->role], tracee->index,
		(int)tracee->entry.entry.nr);
	for (int i = 0; i < 6; i++)
		fprintf(stderr, " %#llx",
			(unsigned long long)tracee->entry.entry.args[i]);
	fprintf(stderr, " %lld%s%s\n", result, *mode ? " " : "", mode);
}

static void enter_call(struct tracee *tracee, const struct injection *injection)
{
	ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof tracee->entry,
	       &tracee->entry);
	tracee->chosen = 0;
	if (is_marker(tracee) || !armed || tracee->role == OTHER)
		return;
	tracee->index++;
	if (tracee->role != injection->role ||
	    tracee->index != injection->index)
		return;
	tracee->chosen = 1;
	if (!strcmp(injection->mode, "before"))
		skip_call(tracee->pid);
	if (!strcmp(injection->mode, "kill")) {
		print_call(tracee, 0, "kill");
		kill(tracee->pid, SIGKILL);
	}
}

static void leave_call(struct tracee *tracee, const struct injection *injection)
{
	struct ptrace_syscall_info info;
	long long result;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof info, &info) <
	    0)
		return;
	result = info.exit.rval;
	if (tracee->chosen) {
		set_result(tracee->pid, injection->error);
		result = -injection->error;
	}
	if (armed && tracee->index && tracee->role != OTHER)
		print_call(tracee, result,
			   tracee->chosen ? injection->mode : "");
}

/* What to do at one stop; returns the signal to pass on. */
static int handle_stop(struct tracee *tracee, int status,
		       const struct injection *injection)
{
	int event = status >> 16;

	if (event == PTRACE_EVENT_EXEC) {
		if (tracee->role == CHILD) {
			fprintf(stderr, "child exec\n");
			tracee->role = OTHER;
			tracee->chosen = 0;
		}
		return 0;
	}
	if (event)
		return 0;
	if (WSTOPSIG(status) != (SIGTRAP | 0x80))
		return WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status);
	tracee->inside = !tracee->inside;
	if (tracee->inside)
		enter_call(tracee, injection);
	else
		leave_call(tracee, injection);
	return 0;
}

static int exit_status(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return 128 + WTERMSIG(status);
}

/* Returns the exit status of the first process. */
static int follow_all(pid_t first, const struct injection *injection)
{
	int result = 2, status;
	struct tracee *tracee;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		tracee = find_tracee(pid);
		if (!tracee)
			tracee = add_tracee(pid, armed ? CHILD : OTHER);
		if (!WIFSTOPPED(status)) {
			tracee->pid = 0;
			if (pid == first)
				result = exit_status(status);
			continue;
		}
		ptrace(PTRACE_SYSCALL, pid, 0,
		       handle_stop(tracee, status, injection));
	}
	return result;
}

static pid_t start_traced(char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(SKIP);
		raise(SIGSTOP);
		execv(argv[0], argv);
		_exit(2);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, 0, options) < 0) {
		fprintf(stderr, "trace_inject: may not trace here\n");
		exit(SKIP);
	}
	add_tracee(pid, CALLER);
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	return pid;
}

int main(int argc, char **argv)
{
	struct injection injection = { .role = OTHER };

	if (argc < 6) {
		fprintf(stderr, "usage: trace_inject WHO INDEX MODE ERRNO "
				"PROGRAM ARGS...\n");
		return 2;
	}
	if (!SUPPORTED) {
		fprintf(stderr, "trace_inject: only for x86-64\n");
		return SKIP;
	}
	for (int i = CALLER; i <= CHILD; i++)
		if (!strcmp(argv[1], role_names[i]))
			injection.role = (enum role)i;
	injection.index = atoi(argv[2]);
	injection.mode = argv[3];
	injection.error = atoi(argv[4]);
	return follow_all(start_traced(argv + 5), &injection);
}
