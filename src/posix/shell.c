/* SPDX-License-Identifier: MIT */
/* The shell of system() and popen(): how it is started and awaited. */
#define _GNU_SOURCE
#include "posix/shell.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* "--" since POSIX.1-2024: a command may begin with a '-'. */
int libspawn__shell_start(const char *command,
			  const struct action_list *actions,
			  const struct attributes *attributes,
			  struct posix_child *child)
{
	const char *const argv[] = { "sh", "-c", "--", command, NULL };
	const union {
		const char *const *given;
		char *const *taken;
	} list = { argv };
	const struct posix_call call = {
		.program = "/bin/sh",
		.argv = list.taken,
		.env = environ,
		.actions = actions,
		.attributes = attributes,
	};

	return libspawn__call_start(&call, child);
}

int libspawn__shell_wait(pid_t pid)
{
	const int error = errno;
	int status;
	pid_t reaped;

	do
		reaped = waitpid(pid, &status, 0);
	while (reaped < 0 && errno == EINTR);
	if (reaped < 0)
		return -1;
	/* It may be EINTR. */
	errno = error;
	return status;
}
