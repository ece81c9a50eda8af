/* SPDX-License-Identifier: MIT */
/*
 * The system as others than Linux have it: async-signal-safe functions of the
 * C library, no others. tests/lint/child_symbols.posix.txt lists them. What the
 * system lacks is not among SYS_TAKES and so never asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ARCH_CLONE 0
#define SYS_REFUSES 0
#define SYS_CLONE_FILES 0 /* no table is shared */

#define SYS_TAKES                                                              \
	(OP_BIT(OP_NO_WAIT) | OP_BIT(OP_HANDLERS) |                            \
	 OP_BIT(OP_SIGNALS_DEFAULT) | OP_BIT(OP_SIGNALS_IGNORE) |              \
	 OP_BIT(OP_SESSION) | OP_BIT(OP_PROCESS_GROUP) | OP_BIT(OP_TERMINAL) | \
	 OP_BIT(OP_FOREGROUND) | OP_BIT(OP_NICE) | OP_BIT(OP_RLIMIT) |         \
	 OP_BIT(OP_UMASK) | OP_BIT(OP_CLOSE_OTHERS) | OP_BIT(OP_FD_SAVE) |     \
	 OP_BIT(OP_FD_MOVE) | OP_BIT(OP_FD_RESTORE) | OP_BIT(OP_FD_KEEP) |     \
	 OP_BIT(OP_FD_OPEN) | OP_BIT(OP_FD_CLOSE) | OP_BIT(OP_CLOSE_FROM) |    \
	 OP_BIT(OP_GROUPS) | OP_BIT(OP_GID) | OP_BIT(OP_CHROOT) |              \
	 OP_BIT(OP_UID) | OP_BIT(OP_CHDIR) | OP_BIT(OP_FCHDIR) |               \
	 OP_BIT(OP_CWD_INSIDE) | OP_BIT(OP_DIE_TOGETHER) | OP_BIT(OP_MASK) |   \
	 OP_BIT(OP_PID_VARIABLE) | OP_BIT(OP_EXEC))

#define SYS_SIGKILL SIGKILL
#define SYS_FD_CLOEXEC FD_CLOEXEC
#define SYS_O_WRITE_ONLY O_WRONLY
#define SYS_O_CLOEXEC O_CLOEXEC

/* errno is the parent's own where memory is shared; it puts it back. */
static inline CHILD_CODE long sys_result(long result)
{
	return result < 0 ? -errno : result;
}

#include "child/sys_posix_own.h"

/* dup2() clears close-on-exec unless both are one: see sys_set_fd_flags(). */
static inline CHILD_CODE long sys_dup3(int from, int to)
{
	return sys_result(dup2(from, to));
}

static inline CHILD_CODE long sys_dup_cloexec(int fd, int first)
{
	return sys_result(fcntl(fd, F_DUPFD_CLOEXEC, first));
}

static inline CHILD_CODE long sys_set_fd_flags(int fd, int flags)
{
	return sys_result(fcntl(fd, F_SETFD, flags));
}

static inline CHILD_CODE long sys_close(int fd)
{
	return sys_result(close(fd));
}

static inline CHILD_CODE long sys_openat(int directory, const char *path,
					 int flags, uint32_t mode)
{
	return sys_result(openat(directory, path, flags, (mode_t)mode));
}

static inline CHILD_CODE long sys_open(const char *path, int flags,
				       uint32_t mode)
{
	return sys_result(open(path, flags, (mode_t)mode));
}

static inline CHILD_CODE long sys_write(int fd, const void *data, size_t size)
{
	return sys_result((long)write(fd, data, size));
}

/* Whether a signal is in a set of ours; the second word begins with 65. */
static inline CHILD_CODE int sys_in_set(uint64_t low, uint64_t high, int number)
{
	uint64_t word = number > 64 ? high : low;

	return (int)(word >> (number - 1) % 64 & 1);
}

/* A set of ours in the form of the C library. */
static inline CHILD_CODE void sys_fill_set(sigset_t *set, uint64_t low,
					   uint64_t high)
{
	int n;

	sigemptyset(set);
	for (n = 1; n <= SYS_SIGNALS; n++)
		if (sys_in_set(low, high, n))
			sigaddset(set, n);
}

/* Nothing is async-signal-safe that takes one away and can't wait. */
static inline CHILD_CODE uint32_t sys_take_stops(uint64_t set)
{
	(void)set;
	return 0;
}

/*
 * Of this thread: the parent restores its own by it too, and sigprocmask(2) may
 * be that of all threads of a process, as on macOS.
 */
static inline CHILD_CODE long sys_set_signal_mask(uint64_t mask, uint64_t high)
{
	sigset_t set;

	sys_fill_set(&set, mask, high);
	return -pthread_sigmask(SIG_SETMASK, &set, NULL);
}

/* 0 for default, 1 for ignored, 2 for any handler. */
struct sys_action {
	unsigned long handler;
};

static inline CHILD_CODE void sys_fill_action(struct sys_action *action,
					      unsigned long handler)
{
	action->handler = handler;
}

static inline CHILD_CODE long sys_get_action(int number,
					     struct sys_action *action)
{
	struct sigaction found;

	if (sigaction(number, NULL, &found) < 0)
		return -errno;
	action->handler = found.sa_handler == SIG_DFL	? 0
			  : found.sa_handler == SIG_IGN ? 1
							: 2;
	return 0;
}

/* Signals that the C library keeps to itself have no handler of the caller. */
static inline CHILD_CODE long sys_set_action(int number,
					     const struct sys_action *action)
{
	struct sigaction wanted;

	wanted.sa_handler = action->handler ? SIG_IGN : SIG_DFL;
	wanted.sa_flags = 0;
	sigemptyset(&wanted.sa_mask);
	if (sigaction(number, &wanted, NULL) < 0 && errno != EINVAL)
		return -errno;
	return 0;
}

static inline CHILD_CODE long sys_setsid(void)
{
	return sys_result(setsid());
}

static inline CHILD_CODE long sys_setpgid(int group)
{
	return sys_result(setpgid(0, group));
}

static inline CHILD_CODE long sys_getpgid(void)
{
	return getpgrp();
}

static inline CHILD_CODE long sys_getpid(void)
{
	return getpid();
}

static inline CHILD_CODE long sys_getppid(void)
{
	return getppid();
}

static inline CHILD_CODE long sys_ioctl(int fd, uint64_t request,
					const void *argument)
{
	return sys_result(ioctl(fd, (unsigned long)request, argument));
}

static inline CHILD_CODE long sys_setpriority(int nice)
{
	return sys_result(setpriority(PRIO_PROCESS, 0, nice));
}

/* No limit is all ones here, and what the system likes there. */
static inline CHILD_CODE uint64_t sys_limit(rlim_t limit)
{
	return limit == RLIM_INFINITY ? UINT64_MAX : (uint64_t)limit;
}

/* The other way round. */
static inline CHILD_CODE rlim_t sys_rlim(uint64_t limit)
{
	return limit == UINT64_MAX ? RLIM_INFINITY : (rlim_t)limit;
}

/* set or old may be NULL. */
static inline CHILD_CODE long sys_prlimit(int resource, const uint64_t *set,
					  uint64_t *old)
{
	struct rlimit limit;

	if (old) {
		if (getrlimit(resource, &limit) < 0)
			return -errno;
		old[0] = sys_limit(limit.rlim_cur);
		old[1] = sys_limit(limit.rlim_max);
	}
	if (!set)
		return 0;
	limit.rlim_cur = sys_rlim(set[0]);
	limit.rlim_max = sys_rlim(set[1]);
	return sys_result(setrlimit(resource, &limit));
}

/* Returns the old mask: it never fails. */
static inline CHILD_CODE long sys_umask(int mask)
{
	return (long)umask((mode_t)mask);
}

#if SYS_GROUPS_WITH_GID

/* The gid stays as it is; a step of its own changes it. */
static inline CHILD_CODE long sys_setgroups(uint64_t count, const void *groups)
{
	const gid_t *wanted = groups;
	gid_t list[NGROUPS_MAX + 1];
	uint64_t n;

	if (count > NGROUPS_MAX)
		return -EINVAL;
	list[0] = getegid();
	for (n = 0; n < count; n++)
		list[n + 1] = wanted[n];
	return sys_result(setgroups((int)count + 1, list));
}

#else

static inline CHILD_CODE long sys_setgroups(uint64_t count, const void *groups)
{
	return sys_result(setgroups((size_t)count, groups));
}

#endif

/* Real and effective, and then, by POSIX, the saved one too. */
static inline CHILD_CODE long sys_setgid(int gid)
{
	return sys_result(setregid((gid_t)gid, (gid_t)gid));
}

static inline CHILD_CODE long sys_setuid(int uid)
{
	return sys_result(setreuid((uid_t)uid, (uid_t)uid));
}

static inline CHILD_CODE long sys_chroot(const char *path)
{
	return sys_result(chroot(path));
}

static inline CHILD_CODE long sys_chdir(const char *path)
{
	return sys_result(chdir(path));
}

static inline CHILD_CODE long sys_fchdir(int fd)
{
	return sys_result(fchdir(fd));
}

/* Only Linux has links that lead out of a root. */
static inline CHILD_CODE long sys_confirm_cwd(void)
{
	return 0;
}

static inline CHILD_CODE long
sys_execve(const char *path, const char *const *argv, char *const *env)
{
	union {
		const char *const *given;
		char *const *taken;
	} list = { argv };

	return sys_result(execve(path, list.taken, env));
}

static inline CHILD_CODE void sys_yield(void)
{
	sched_yield();
}

static inline CHILD_CODE void sys_sleep(uint32_t microseconds)
{
	struct timespec time = { microseconds / 1000000,
				 (long)(microseconds % 1000000) * 1000 };

	nanosleep(&time, NULL);
}

/* Memory that is not shared does not change. */
static inline CHILD_CODE void sys_wait_while(const uint32_t *word,
					     uint32_t value, int64_t ns)
{
	(void)word;
	(void)value;
	(void)ns;
}

static inline int sys_pidfd_open(long pid)
{
	(void)pid;
	return -ENOSYS;
}

/* There is no pidfd to be asked. */
static inline CHILD_CODE int sys_has_ended(int pidfd)
{
	(void)pidfd;
	return 0;
}

/* Runs no handler of atexit() and flushes nothing of the parent's. */
_Noreturn static inline CHILD_CODE void sys_exit(int status)
{
	_exit(status);
}

/* ---- What only Linux has ----------------------------------------------- */

enum sys_prctl {
	SYS_PDEATHSIG,
	SYS_SET_DUMPABLE,
	SYS_KEEPCAPS,
	SYS_CAPBSET_DROP,
	SYS_SECUREBITS,
	SYS_TIMERSLACK,
	SYS_NO_NEW_PRIVS,
	SYS_CAP_AMBIENT,
};

enum { SYS_AMBIENT_RAISE, SYS_AMBIENT_CLEAR };

struct sys_caps {
	struct {
		uint32_t effective;
		uint32_t permitted;
		uint32_t inheritable;
	} half[2];
};

/* C11 has no parameters without a name: each is of one of these types. */
#define SYS_LACKS_1(name, type)                                                \
	static inline CHILD_CODE long name(type a)                             \
	{                                                                      \
		(void)a;                                                       \
		return -ENOTSUP;                                               \
	}
#define SYS_LACKS_2(name, type_a, type_b)                                      \
	static inline CHILD_CODE long name(type_a a, type_b b)                 \
	{                                                                      \
		(void)a;                                                       \
		(void)b;                                                       \
		return -ENOTSUP;                                               \
	}
#define SYS_LACKS_3(name, type_a, type_b, type_c)                              \
	static inline CHILD_CODE long name(type_a a, type_b b, type_c c)       \
	{                                                                      \
		(void)a;                                                       \
		(void)b;                                                       \
		(void)c;                                                       \
		return -ENOTSUP;                                               \
	}

static inline CHILD_CODE long sys_open_fd_list(void)
{
	return -ENOTSUP;
}

SYS_LACKS_3(sys_read_directory, int, void *, size_t)
SYS_LACKS_2(sys_set_scheduler, int, uint64_t)
SYS_LACKS_2(sys_set_affinity, const void *, uint64_t)
SYS_LACKS_1(sys_ioprio_set, int)
SYS_LACKS_1(sys_lock, int)
SYS_LACKS_1(sys_unshare, uint64_t)
SYS_LACKS_1(sys_part_table, int)
SYS_LACKS_1(sys_setns, int)
SYS_LACKS_3(sys_prctl, enum sys_prctl, uint64_t, uint64_t)
SYS_LACKS_1(sys_capget, struct sys_caps *)
SYS_LACKS_1(sys_capset, const struct sys_caps *)
SYS_LACKS_1(sys_landlock_restrict_self, int)
SYS_LACKS_2(sys_seccomp_filter, int, const void *)
SYS_LACKS_3(sys_exec_fd, int, const char *const *, char *const *)

/* The word stays as it is: the parent waits for the pipe. */
static inline CHILD_CODE void sys_clear_on_leaving(const uint32_t *word)
{
	(void)word;
}
