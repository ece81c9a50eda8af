/* SPDX-License-Identifier: MIT */
/*
 * A tracer that makes system calls fail: the N-th of the caller, of the child,
 * or of the process in the middle that makes a detached child, between the
 * driver's two markers, close(-4242) and close(-4243). It prints every system
 * call between the markers, so that the script that runs it knows what there is
 * to fail:
 *
 *	WHO INDEX NUMBER ARGUMENT x 6 RESULT [MODE]
 *
 *	trace_inject FAULT[,FAULT...] PROGRAM ARGS...
 *
 * FAULT is "none" or WHO:INDEX:MODE:ERRNO[:NUMBER].
 *
 *   WHO   caller, child or middle
 *   MODE  before  the call is not made, and returns -ERRNO
 *         after   the call is made, and returns -ERRNO
 *         kill    the process is killed instead of making the call
 *   NUMBER  only if the call is this one, where runs differ from each other
 *
 * strace counts the N-th call of every process alike; here only the one that
 * is meant is counted, and no startup code before it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
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
#define FAULTS_MAX 8

enum { SKIP = 77 };

enum role { CALLER, CHILD, MIDDLE, OTHER };

struct fault {
	enum role role;
	int index;
	char mode[8];
	int error;
	int number; /* of the call, or -1: any */
};

struct tracee {
	pid_t pid;
	enum role role;
	int index; /* of the system call it is in */
	int inside;
	const struct fault *fault; /* of this system call, or NULL */
	struct ptrace_syscall_info entry;
};

static struct tracee tracees[TRACEES_MAX];
static struct fault faults[FAULTS_MAX];
static int fault_count;
static int armed;
static int detaches;

static const char *const role_names[] = { "caller", "child", "middle",
					  "other" };

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

/* The fourth field of /proc/PID/stat. */
static pid_t parent_of(pid_t pid)
{
	char path[64], text[1024] = "";
	const char *field = NULL;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (file && fgets(text, sizeof text, file))
		field = strrchr(text, ')'); /* of field 2 */
	if (file)
		fclose(file);
	for (int n = 2; field && n < 4; n++)
		field = strchr(field + 1, ' ');
	return field ? atoi(field) : 0;
}

/* Of a detached start, the caller's child is the process in the middle. */
static enum role role_of(pid_t pid)
{
	if (!armed)
		return OTHER;
	return detaches && parent_of(pid) == tracees[0].pid ? MIDDLE : CHILD;
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

static const struct fault *find_fault(const struct tracee *tracee)
{
	for (int i = 0; i < fault_count; i++)
		if (tracee->role == faults[i].role &&
		    tracee->index == faults[i].index &&
		    (faults[i].number < 0 ||
		     tracee->entry.entry.nr == (uint64_t)faults[i].number))
			return &faults[i];
	return NULL;
}

static void enter_call(struct tracee *tracee)
{
	ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof tracee->entry,
	       &tracee->entry);
	tracee->fault = NULL;
	if (is_marker(tracee) || !armed || tracee->role == OTHER)
		return;
	tracee->index++;
	tracee->fault = find_fault(tracee);
	if (!tracee->fault)
		return;
	if (!strcmp(tracee->fault->mode, "before"))
		skip_call(tracee->pid);
	if (!strcmp(tracee->fault->mode, "kill")) {
		print_call(tracee, 0, "kill");
		kill(tracee->pid, SIGKILL);
	}
}

static void leave_call(struct tracee *tracee)
{
	struct ptrace_syscall_info info;
	long long result;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof info, &info) <
	    0)
		return;
	result = info.exit.rval;
	if (tracee->fault) {
		set_result(tracee->pid, tracee->fault->error);
		result = -tracee->fault->error;
	}
	if (armed && tracee->index && tracee->role != OTHER)
		print_call(tracee, result,
			   tracee->fault ? tracee->fault->mode : "");
}

/* What to do at one stop; returns the signal to pass on. */
static int handle_stop(struct tracee *tracee, int status)
{
	int event = status >> 16;

	if (event == PTRACE_EVENT_EXEC) {
		if (tracee->role == CHILD) {
			print_call(tracee, 0, "");
			tracee->role = OTHER;
			tracee->fault = NULL;
		}
		return 0;
	}
	if (event)
		return 0;
	if (WSTOPSIG(status) != (SIGTRAP | 0x80))
		return WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status);
	tracee->inside = !tracee->inside;
	if (tracee->inside)
		enter_call(tracee);
	else
		leave_call(tracee);
	return 0;
}

static int exit_status(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return 128 + WTERMSIG(status);
}

/* Returns the exit status of the first process. */
static int follow_all(pid_t first)
{
	int result = 2, status;
	struct tracee *tracee;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		tracee = find_tracee(pid);
		if (!tracee)
			tracee = add_tracee(pid, role_of(pid));
		if (!WIFSTOPPED(status)) {
			tracee->pid = 0;
			if (pid == first)
				result = exit_status(status);
			continue;
		}
		ptrace(PTRACE_SYSCALL, pid, 0, handle_stop(tracee, status));
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

static enum role read_role(const char *name)
{
	for (enum role role = CALLER; role < OTHER; role++)
		if (!strcmp(name, role_names[role]))
			return role;
	return OTHER;
}

/* Returns 0 if every fault could be read. */
static int read_faults(char *text)
{
	if (!strcmp(text, "none"))
		return 0;
	for (char *word = strtok(text, ","); word; word = strtok(NULL, ",")) {
		struct fault *fault = &faults[fault_count];
		char role[8];

		fault->number = -1;
		if (fault_count++ == FAULTS_MAX ||
		    sscanf(word, "%7[a-z]:%d:%7[a-z]:%d:%d", role,
			   &fault->index, fault->mode, &fault->error,
			   &fault->number) < 4)
			return -1;
		fault->role = read_role(role);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3 || read_faults(argv[1])) {
		fprintf(stderr, "usage: trace_inject FAULT[,FAULT...] PROGRAM "
				"ARGS...\n");
		return 2;
	}
	if (!SUPPORTED) {
		fprintf(stderr, "trace_inject: only for x86-64\n");
		return SKIP;
	}
	for (int n = 3; n < argc; n++)
		detaches |= !strcmp(argv[n], "detach");
	return follow_all(start_traced(argv + 2));
}
