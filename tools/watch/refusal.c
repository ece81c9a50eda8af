/* SPDX-License-Identifier: MIT */
/* Looks for the reason where the system keeps it. */
#define _GNU_SOURCE
#include "refusal.h"
#include "proc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What Yama allows: 0 to 3, or -1 where there is none. */
static int yama_scope(void)
{
	FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope = -1;

	if (file == NULL)
		return -1;
	if (fscanf(file, "%d", &scope) != 1)
		scope = -1;
	fclose(file);
	return scope;
}

void describe_refusal(char *text, size_t size, pid_t pid, int code)
{
	struct thread_status status;
	int scope = yama_scope();

	if (proc_status(&status, pid, pid) && status.tracer != 0)
		snprintf(text, size,
			 "another program (process %d) traces spawn already, "
			 "and there can be only one",
			 (int)status.tracer);
	else if (code == EPERM && scope == 3)
		snprintf(text, size,
			 "tracing is switched off until the next boot "
			 "(/proc/sys/kernel/yama/ptrace_scope is 3)");
	else if (code == EPERM && scope == 2)
		snprintf(text, size,
			 "only root may trace here "
			 "(/proc/sys/kernel/yama/ptrace_scope is 2)");
	else if (code == EPERM || code == ENOSYS)
		snprintf(text, size,
			 "the system refuses ptrace(2): %s; in a container, "
			 "allow it (--cap-add=SYS_PTRACE, or a seccomp "
			 "profile with ptrace)",
			 strerror(code));
	else
		snprintf(text, size, "ptrace(2): %s", strerror(code));
}
