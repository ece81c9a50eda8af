/* SPDX-License-Identifier: MIT */
/*
 * What the tests ask of Linux alone. On another system each of these answers
 * ENOSYS, or does without, so that a test that needs it skips and says why.
 * LIBSPAWN_PORTABLE makes Linux such a system.
 */
#ifndef TESTS_LINUX_CALLS_H
#define TESTS_LINUX_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__) && !defined(LIBSPAWN_PORTABLE)

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#define ON_LINUX 1
#define WAIT_FOR_ALL __WALL
#define FIRST_REAL_TIME SIGRTMIN
#define FOURTH_REAL_TIME (SIGRTMIN + 3)
#define LAST_REAL_TIME SIGRTMAX

/* Of this process, by the kernel: all 64. */
static inline int change_mask(const uint64_t *mask, uint64_t *old)
{
	return (int)syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, old,
			    sizeof *mask);
}

static inline int read_caps(uint32_t data[6])
{
	uint32_t header[2] = { 0x20080522, 0 };

	return (int)syscall(SYS_capget, header, data);
}

static inline int write_caps(const uint32_t data[6])
{
	uint32_t header[2] = { 0x20080522, 0 };

	return (int)syscall(SYS_capset, header, data);
}

/* CLOSE_RANGE_CLOEXEC is of Linux 5.11; close_range() has one number. */
static inline int can_mark_range(void)
{
	return syscall(436, ~0u, ~0u, 1u << 2) == 0;
}

/* Not in a chroot, not in some containers: what does a plain child get? */
static inline int may_have_user_namespaces(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) != 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static inline int new_file(void)
{
	return (int)syscall(SYS_memfd_create, "file", 1u /* MFD_CLOEXEC */);
}

static inline int new_pipe(int ends[2])
{
	return pipe2(ends, O_CLOEXEC);
}

static inline int set_pipe_size(int fd, int size)
{
	return fcntl(fd, F_SETPIPE_SZ, size);
}

/* Raw, since a C library may remember the pid. */
static inline pid_t kernel_pid(void)
{
	return (pid_t)syscall(SYS_getpid);
}

/* It has one number on all processors. */
static inline int open_pidfd(pid_t pid)
{
	return (int)syscall(434, pid, 0);
}

static inline int set_user_ids(uid_t real, uid_t effective, uid_t saved)
{
	return (int)syscall(SYS_setresuid, real, effective, saved);
}

/* Sleeps until this blocked signal comes, or for a second. */
static inline void await_signal(const sigset_t *set)
{
	const struct timespec second = { 1, 0 };

	sigtimedwait(set, NULL, &second);
}

#else

#define ON_LINUX 0
#define WAIT_FOR_ALL 0
/* Not all have signals of real time: these stand in. */
#define FIRST_REAL_TIME SIGUSR2
#define FOURTH_REAL_TIME SIGPROF
#define LAST_REAL_TIME SIGVTALRM
#define PR_SET_PDEATHSIG 1
#define PR_GET_PDEATHSIG 2
#define PR_GET_DUMPABLE 3
#define PR_SET_DUMPABLE 4
#define PR_GET_NO_NEW_PRIVS 39
#define CAP_SYS_RESOURCE 24
#define PTRACE_SEIZE 0

/* On a Linux that is taken for another system they may be there. */
#ifndef CLONE_NEWPID
#define CLONE_NEWPID 0
#endif
#ifndef O_PATH
#define O_PATH O_RDONLY
#endif
#define unshare refuse_flags

static inline int refuse_flags(int flags)
{
	(void)flags;
	errno = ENOSYS;
	return -1;
}

static inline long ptrace(int request, pid_t pid, void *address, void *data)
{
	(void)request;
	(void)pid;
	(void)address;
	(void)data;
	errno = ENOSYS;
	return -1;
}

static inline int prctl(int option, ...)
{
	(void)option;
	errno = ENOSYS;
	return -1;
}

static inline int read_caps(uint32_t data[6])
{
	(void)data;
	errno = ENOSYS;
	return -1;
}

static inline int write_caps(const uint32_t data[6])
{
	(void)data;
	errno = ENOSYS;
	return -1;
}

/* As much of a mask as the first word holds. */
static inline int change_mask(const uint64_t *mask, uint64_t *old)
{
	sigset_t wanted, had;
	int code;

	sigemptyset(&wanted);
	for (int n = 1; mask && n < NSIG && n <= 64; n++)
		if (*mask >> (n - 1) & 1)
			sigaddset(&wanted, n);
	code = sigprocmask(SIG_SETMASK, mask ? &wanted : NULL, &had);
	for (int n = 1; old && n < NSIG && n <= 64; n++) {
		*old &= ~(UINT64_C(1) << (n - 1));
		if (sigismember(&had, n) == 1)
			*old |= UINT64_C(1) << (n - 1);
	}
	return code;
}

static inline int can_mark_range(void)
{
	return 0;
}

static inline int new_file(void)
{
	char path[] = "/tmp/libspawn-file-XXXXXX";
	int fd = mkstemp(path);

	if (fd >= 0) {
		unlink(path);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	return fd;
}

static inline int new_pipe(int ends[2])
{
	if (pipe(ends))
		return -1;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

static inline int set_pipe_size(int fd, int size)
{
	(void)fd;
	(void)size;
	errno = ENOSYS;
	return -1;
}

static inline pid_t kernel_pid(void)
{
	return getpid();
}

/* The saved one can't be told apart. */
static inline int open_pidfd(pid_t pid)
{
	(void)pid;
	errno = ENOSYS;
	return -1;
}

static inline int set_user_ids(uid_t real, uid_t effective, uid_t saved)
{
	if (real == effective && effective == saved)
		return setuid(real);
	errno = ENOSYS;
	return -1;
}

static inline void await_signal(const sigset_t *set)
{
	const struct timespec moment = { 0, 10000000 };

	(void)set;
	nanosleep(&moment, NULL);
}

#endif

#endif
