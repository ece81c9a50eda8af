/* SPDX-License-Identifier: MIT */
/*
 * Children that live until they are let go; see held.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "held.h"
#include "linux_calls.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))

uint64_t held_pidfd(void)
{
	if (runs_in_valgrind() || !ON_LINUX)
		return 0; /* its kernel has no pidfd_open() */
	return support_backend == LIBSPAWN_BACKEND_CLONE ||
			       support_backend == LIBSPAWN_BACKEND_FORK
		       ? LIBSPAWN_PIDFD
		       : 0;
}

void hold(struct held *held, uint64_t flags, int code)
{
	char number[12];
	char *argv[] = { TEXT("probe"), TEXT("read"), TEXT("0"),
			 TEXT("exit"),	number,	      NULL };
	struct libspawn_fd rows[] = {
		{ .child_fd = 0,
		  .kind = LIBSPAWN_FD_PIPE_READ,
		  .parent_end = &held->end },
		{ .child_fd = 1, .kind = LIBSPAWN_FD_NULL },
	};
	struct libspawn_options options = plain_options();
	int failure;

	options.flags = flags;
	options.fds = rows;
	options.fd_count = 2;
	snprintf(number, sizeof number, "%d", code);
	failure = libspawn_start(&held->process, support_probe, argv, &options,
				 NULL);
	if (failure)
		print_error("start: %s\n", strerror(failure));
	assert_int_equal(failure, 0);
	assert_int_equal(held->process.backend, support_backend);
}

void let_go(struct held *held)
{
	close(held->end);
	held->end = -1;
}

void expect_end(struct libspawn_process *process, uint32_t end, int code)
{
	struct libspawn_status status;

	memset(&status, 0x5a, sizeof status);
	assert_int_equal(libspawn_wait(process, LIBSPAWN_FOREVER, &status), 0);
	assert_int_equal(status.end, end);
	assert_int_equal(status.code, code);
	libspawn_close(process);
	assert_int_equal(process->pidfd, -1);
}

void finish_held(struct held *held, int code)
{
	let_go(held);
	expect_end(&held->process, LIBSPAWN_END_EXITED, code);
}

void await_end(pid_t pid)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
		assert_int_equal(errno, EINTR);
}

double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}
