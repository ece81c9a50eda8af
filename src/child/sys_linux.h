/* SPDX-License-Identifier: MIT */
/*
 * The system as Linux has it: raw system calls, and the numbers of the kernel's
 * interface, which are not to be had from one header on every C library. Here:
 * what a processor or a C library changes; descriptors, files, processes, exec.
 */
#include <stddef.h>

#include "child/arch/arch.h"

/* Every kind of operation. */
#define SYS_TAKES (OP_BIT(OP_COUNT) - 1)

#define SYS_HAS_VFORK 1

/*
 * Android's filter for apps kills a process that makes a call it does not know:
 * what older ones may not know is taken for refused, and never tried.
 */
#if defined(__ANDROID__)
#define SYS_REFUSES (CHILD_NO_CLONE3 | CHILD_NO_CLOSE_RANGE)
#define SYS_MAY_OPEN_PIDFD (__ANDROID_API__ >= 31)
#else
#define SYS_REFUSES 0
#define SYS_MAY_OPEN_PIDFD 1
#endif

/* MIPS has numbers of another Unix: SETMASK; TSTP, TTIN and TTOU; NOFILE. */
#if defined(__mips__)
#define SYS_SIGNALS 128
#define SYS_SIG_SETMASK 3
#define SYS_STOPS (UINT64_C(1) << 23 | UINT64_C(1) << 25 | UINT64_C(1) << 26)
#define SYS_RLIMIT_NOFILE 5
#define SYS_SIGCHLD 18
#define SYS_INFO_CODE 1 /* in siginfo_t */
#else
#define SYS_SIGNALS 64
#define SYS_SIG_SETMASK 2
#define SYS_STOPS (UINT64_C(7) << 19)
#define SYS_RLIMIT_NOFILE 7
#define SYS_SIGCHLD 17
#define SYS_INFO_CODE 2
#endif
#define SYS_INFO_PID (sizeof(long) / 4 + 2)
#define SYS_QUIT (UINT64_C(1) << 2)
#define SYS_SET_SIZE (SYS_SIGNALS / 8)
#define SYS_SIGHUP 1
#define SYS_SIGKILL 9
#define SYS_FD_CLOEXEC 1
#define SYS_O_WRITE_ONLY 1
#define SYS_O_CLOEXEC 02000000

/* Calls since Linux 5.0 have one number on every processor, but for this. */
#define SYS_NUMBER_PIDFD_SEND_SIGNAL (ARCH_FIRST_CALL + 424)
#define SYS_NUMBER_PIDFD_OPEN (ARCH_FIRST_CALL + 434)
#define SYS_NUMBER_CLOSE_RANGE (ARCH_FIRST_CALL + 436)
#define SYS_CLOSE_RANGE_UNSHARE 2
#define SYS_CLOSE_RANGE_CLOEXEC 4			 /* Linux 5.11 */
#define SYS_NUMBER_MOUNT_SETATTR (ARCH_FIRST_CALL + 442) /* Linux 5.12 */
#define SYS_NUMBER_LANDLOCK_RESTRICT_SELF (ARCH_FIRST_CALL + 446)

/*
 * sched.h: the memory, the table of descriptors; a pidfd; the parent sleeps; a
 * word that is zeroed when the child leaves the memory.
 */
#define SYS_CLONE_VM 0x100
#define SYS_CLONE_FILES 0x400
#define SYS_CLONE_PIDFD 0x1000
#define SYS_CLONE_VFORK 0x4000
#define SYS_CLONE_CHILD_CLEARTID 0x200000

/* The 32-bit processors took two attempts at some calls. */
#if defined(SYS_setresuid32)
#define SYS_NUMBER_SETRESUID SYS_setresuid32
#define SYS_NUMBER_SETRESGID SYS_setresgid32
#define SYS_NUMBER_SETGROUPS SYS_setgroups32
#else
#define SYS_NUMBER_SETRESUID SYS_setresuid
#define SYS_NUMBER_SETRESGID SYS_setresgid
#define SYS_NUMBER_SETGROUPS SYS_setgroups
#endif
#if defined(SYS_fcntl64)
#define SYS_NUMBER_FCNTL SYS_fcntl64
#else
#define SYS_NUMBER_FCNTL SYS_fcntl
#endif

/* One name for an argument of any type in the calls below. */
#define SYS_ARG(argument) ((long)(uintptr_t)(argument))

#include "child/sys_linux_limits.h"
#include "child/sys_linux_places.h"
#include "child/sys_linux_rights.h"
#include "child/sys_linux_signals.h"

/* The flags are 0: the copy stays open on exec. from == to is EINVAL. */
static inline CHILD_CODE long sys_dup3(int from, int to)
{
	return arch_call(SYS_dup3, from, to, 0, 0, 0);
}

/* On the lowest free number from first on. */
static inline CHILD_CODE long sys_dup_cloexec(int fd, int first)
{
	return arch_call(SYS_NUMBER_FCNTL, fd, 1030 /* F_DUPFD_CLOEXEC */,
			 first, 0, 0);
}

/* 0 takes close-on-exec off. Hazard 10: dup2(n, n) would not. */
static inline CHILD_CODE long sys_set_fd_flags(int fd, int flags)
{
	return arch_call(SYS_NUMBER_FCNTL, fd, 2 /* F_SETFD */, flags, 0, 0);
}

/* -EBADF: it is not open. */
static inline CHILD_CODE long sys_get_fd_flags(int fd)
{
	return arch_call(SYS_NUMBER_FCNTL, fd, 1 /* F_GETFD */, 0, 0, 0);
}

/*
 * All of a file, for this process: fcntl(2). Such a lock ends as soon as one of
 * its descriptors is closed; a file itself is let go of later.
 */
static inline CHILD_CODE long sys_lock(int fd)
{
	/* Of any layout: all but the first is 0. */
	struct {
		int16_t type;
		int16_t whence;
		int32_t next;
		int64_t rest[4];
	} lock;

	lock.type = 1; /* F_WRLCK */
	lock.whence = 0;
	lock.next = 0;
	lock.rest[0] = 0;
	lock.rest[1] = 0;
	lock.rest[2] = 0;
	lock.rest[3] = 0;
	return arch_call(SYS_NUMBER_FCNTL, fd, 6 /* F_SETLK */, SYS_ARG(&lock),
			 0, 0);
}

static inline CHILD_CODE long sys_close(int fd)
{
	return arch_call(SYS_close, fd, 0, 0, 0, 0);
}

static inline CHILD_CODE long sys_openat(int directory, const char *path,
					 int flags, uint32_t mode)
{
	return arch_call(SYS_openat, directory, SYS_ARG(path), flags,
			 (long)mode, 0);
}

/* By openat(): the younger processors have no open(). */
static inline CHILD_CODE long sys_open(const char *path, int flags,
				       uint32_t mode)
{
	return sys_openat(-100 /* AT_FDCWD */, path, flags, mode);
}

static inline CHILD_CODE long sys_read(int fd, void *data, size_t size)
{
	return arch_call(SYS_read, fd, SYS_ARG(data), (long)size, 0, 0);
}

static inline CHILD_CODE long sys_write(int fd, const void *data, size_t size)
{
	return arch_call(SYS_write, fd, SYS_ARG(data), (long)size, 0, 0);
}

/* Closes first to last, or marks them as the flags say. Linux 5.9. */
static inline CHILD_CODE long sys_close_range(int first, int last, int flags)
{
	return arch_call(SYS_NUMBER_CLOSE_RANGE, first, last, flags, 0, 0);
}

/* From a shared table to one of its own, of what is below first. */
static inline CHILD_CODE long sys_part_table(int first)
{
	return sys_close_range(first, INT32_MAX, SYS_CLOSE_RANGE_UNSHARE);
}

static inline CHILD_CODE long sys_open_fd_list(void)
{
	return sys_open("/proc/self/fd", SYS_O_CLOEXEC, 0);
}

static inline CHILD_CODE long sys_read_directory(int fd, void *entries,
						 size_t size)
{
	return arch_call(SYS_getdents64, fd, SYS_ARG(entries), (long)size, 0,
			 0);
}

static inline CHILD_CODE long sys_setsid(void)
{
	return arch_call(SYS_setsid, 0, 0, 0, 0, 0);
}

/* Of the caller itself; a group of 0 is its own. */
static inline CHILD_CODE long sys_setpgid(int group)
{
	return arch_call(SYS_setpgid, 0, group, 0, 0, 0);
}

/* As getpgrp(), which the younger processors lack. */
static inline CHILD_CODE long sys_getpgid(void)
{
	return arch_call(SYS_getpgid, 0, 0, 0, 0, 0);
}

static inline CHILD_CODE long sys_getpid(void)
{
	return arch_call(SYS_getpid, 0, 0, 0, 0, 0);
}

static inline CHILD_CODE long sys_getppid(void)
{
	return arch_call(SYS_getppid, 0, 0, 0, 0, 0);
}

static inline CHILD_CODE long sys_ioctl(int fd, uint64_t request,
					const void *argument)
{
	return arch_call(SYS_ioctl, fd, (long)request, SYS_ARG(argument), 0, 0);
}

/* Returns the old mask: it never fails. */
static inline CHILD_CODE long sys_umask(int mask)
{
	return arch_call(SYS_umask, mask, 0, 0, 0, 0);
}

static inline CHILD_CODE long sys_set_personality(uint64_t personality)
{
	return arch_call(SYS_personality, (long)personality, 0, 0, 0, 0);
}

static inline CHILD_CODE long
sys_execve(const char *path, const char *const *argv, char *const *env)
{
	return arch_call(SYS_execve, SYS_ARG(path), SYS_ARG(argv), SYS_ARG(env),
			 0, 0);
}

/* execveat(2), Linux 3.19. By way of /proc a script would fail too late. */
static inline CHILD_CODE long sys_exec_fd(int fd, const char *const *argv,
					  char *const *env)
{
	long code = arch_call(ARCH_EXECVEAT, fd, SYS_ARG(""), SYS_ARG(argv),
			      SYS_ARG(env), 0x1000 /* AT_EMPTY_PATH */);

	return code == -ENOSYS ? -ENOTSUP : code;
}

static inline CHILD_CODE void sys_yield(void)
{
	arch_call(SYS_sched_yield, 0, 0, 0, 0, 0);
}

/* May wake early: a signal is one more reason to try again. */
static inline CHILD_CODE void sys_sleep(uint32_t microseconds)
{
	long time[2] = { microseconds / 1000000,
			 (long)(microseconds % 1000000) * 1000 };

	arch_call(SYS_nanosleep, SYS_ARG(time), 0, 0, 0, 0);
}

/*
 * Until it changes, or for ns, less than a second. FUTEX_WAIT of futex(2), not
 * private: so the kernel wakes when it zeroes the word.
 */
static inline CHILD_CODE void sys_wait_while(const uint32_t *word,
					     uint32_t value, int64_t ns)
{
	const long at_most[2] = { 0, (long)ns };

	arch_call(SYS_futex, SYS_ARG(word), 0, (long)value, SYS_ARG(at_most),
		  0);
}

/* A pidfd, close-on-exec; -ENOSYS also where it may not be tried. Linux 5.3 */
static inline CHILD_CODE int sys_pidfd_open(long pid)
{
	if (!SYS_MAY_OPEN_PIDFD)
		return -ENOSYS;
	return (int)arch_call(SYS_NUMBER_PIDFD_OPEN, pid, 0, 0, 0, 0);
}

/* By a pidfd, which can be read from then on. pidfd_open(2), poll(2) */
static inline CHILD_CODE int sys_has_ended(int pidfd)
{
	long at_once[2];
	struct {
		int32_t fd;
		int16_t wanted;
		int16_t happened;
	} watched;

	watched.fd = pidfd;
	watched.wanted = 1; /* POLLIN */
	watched.happened = 0;
	at_once[0] = 0;
	at_once[1] = 0;
	return arch_call(SYS_ppoll, SYS_ARG(&watched), 1, SYS_ARG(at_once), 0,
			 0) > 0;
}

/*
 * Has the kernel zero the word when the child leaves the memory. If a filter
 * refuses that, it may be zero at once: vfork() holds the parent all the same.
 */
static inline CHILD_CODE void sys_clear_on_leaving(uint32_t *word)
{
	if (arch_call(SYS_set_tid_address, SYS_ARG(word), 0, 0, 0, 0) < 0)
		*word = 0;
}

/* A tracer can make a call return; this one must not. */
_Noreturn static inline CHILD_CODE void sys_exit(int status)
{
	for (;;)
		arch_call(SYS_exit_group, status, 0, 0, 0, 0);
}
