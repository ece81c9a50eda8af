/* SPDX-License-Identifier: MIT */
/*
 * Children that live until they are let go; see held.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "held.h"
#include "linux_calls.h"
#include "patience.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))

int system_has_pidfds(void)
{
	int fd = open_pidfd(getpid());

	if (fd < 0)
		return errno != ENOSYS;
	close(fd);
	return 1;
}

uint64_t held_pidfd(void)
{
	if (runs_in_valgrind() || !system_has_pidfds())
		return 0;
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

/*
 * linux/pidfd.h: PIDFD_GET_INFO of its first size, PIDFD_INFO_EXIT. For a
 * moment after the end it is ESRCH, or without the end; on a kernel that knows
 * no ends it stays so.
 */
static int is_end_told(int pidfd)
{
	const double patience_ms = support_has_kernel(6, 15) ? 60000 : 2000;
	const double begun = now_ms();
	struct {
		uint64_t mask;
		uint32_t rest[14];
	} info;
	int code;

	do {
		sched_yield();
		memset(&info, 0, sizeof info);
		info.mask = 8;
		code = ioctl(pidfd, _IOWR(0xff, 11, info), &info);
	} while ((code == 0 ? !(info.mask & 8) : errno == ESRCH) &&
		 now_ms() - begun < patience_ms);
	return code == 0 && info.mask & 8;
}

int pidfds_tell_ends(void)
{
	int is_told, fd;
	int ends[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		while (read(ends[0], &byte, 1) < 0)
			;
		_exit(0);
	}
	fd = open_pidfd(pid);
	close(ends[0]);
	close(ends[1]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	is_told = is_end_told(fd);
	if (fd >= 0)
		close(fd);
	return is_told;
}

int ask_lost_again(struct libspawn_process *process,
		   struct libspawn_status *status)
{
	struct patience patience = { 0 };
	int code;

	do
		code = libspawn_wait(process, 0, status);
	while (code == ECHILD && patience_naps(&patience));
	return code;
}

void expect_stolen_end(struct libspawn_process *process, int64_t timeout_ms,
		       int code)
{
	int is_told = process->pidfd >= 0 && pidfds_tell_ends();
	struct libspawn_status status;
	int answer;

	memset(&status, 0x5a, sizeof status);
	answer = libspawn_wait(process, timeout_ms, &status);
	if (answer == ECHILD && is_told)
		answer = ask_lost_again(process, &status);
	assert_int_equal(answer, is_told ? 0 : ECHILD);
	assert_int_equal(status.end,
			 is_told ? LIBSPAWN_END_EXITED : LIBSPAWN_END_LOST);
	assert_int_equal(status.code, is_told ? code : 0);
	assert_int_equal(status.flags, 0);
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
