/* SPDX-License-Identifier: MIT */
/*
 * What trace_ends.py traces: one call on a started process, between the
 * markers of tests/trace/inject.c. Prints what it returned and told, whether
 * errno stayed, and whether it left a descriptor.
 *
 *	trace_end CALL [pidfd]
 *
 * CALL: wait, wait-late, wait-ever, any, signal, group, stop, stop-late.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libspawn.h>

static char child_mode[] = "--child";
static struct libspawn_process process;
static struct libspawn_status status;
static int32_t end;

static int start_child(const char *program, uint64_t flags)
{
	char *argv[] = { (char *)(uintptr_t)program, child_mode, NULL };
	struct libspawn_fd row = { .child_fd = 0,
				   .kind = LIBSPAWN_FD_PIPE_READ,
				   .parent_end = &end };
	struct libspawn_options options = {
		.size = sizeof options,
		.flags = flags | LIBSPAWN_PROCESS_GROUP,
		.fds = &row,
		.fd_count = 1,
	};

	return libspawn_start(&process, program, argv, &options, NULL);
}

/* Lets it go, and on until it has ended. */
static void end_child(void)
{
	siginfo_t info;

	close(end);
	waitid(P_PID, (id_t)process.pid, &info, WEXITED | WNOWAIT);
}

static int call(const char *name)
{
	struct libspawn_process *list[] = { &process, NULL };
	struct libspawn_stop_how how = { .size = sizeof how, .grace_ms = 100 };
	size_t index = 0;

	if (!strcmp(name, "wait-ever"))
		return libspawn_wait(&process, -1, &status);
	if (!strncmp(name, "wait", 4))
		return libspawn_wait(&process, 40, &status);
	if (!strcmp(name, "any"))
		return libspawn_wait_any(list, 2, 40, &index, &status);
	if (!strcmp(name, "signal"))
		return libspawn_signal(&process, SIGUSR1, 0);
	if (!strcmp(name, "group"))
		return libspawn_signal(&process, SIGUSR1,
				       LIBSPAWN_SIGNAL_GROUP);
	return libspawn_stop(&process, &how, &status);
}

static int count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

int main(int argc, char **argv)
{
	uint64_t flags = argc > 2 ? LIBSPAWN_PIDFD : 0;
	int before, code, kept;

	if (argc == 2 && !strcmp(argv[1], child_mode))
		return read(0, &end, 1) ? 1 : 23;
	if (argc < 2 || start_child(argv[0], flags))
		return 2;
	if (!strcmp(argv[1], "wait-late") || !strcmp(argv[1], "wait-ever"))
		end_child();
	before = count_fds();
	errno = 4711;
	close(-4242);
	errno = 4711;
	code = call(argv[1]);
	kept = errno == 4711;
	close(-4243);
	printf("code=%d end=%u told=%d flags=%u kept=%d left=%d ", code,
	       status.end, status.code, status.flags, kept,
	       count_fds() - before);
	/* What a fault has left must be there to be had. */
	kill(process.pid, SIGKILL);
	code = libspawn_wait(&process, 10000, &status);
	printf("then=%d end=%u\n", code, status.end);
	return 0;
}
