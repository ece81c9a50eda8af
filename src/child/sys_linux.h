/* SPDX-License-Identifier: MIT */
/*
 * The system as Linux has it: raw system calls, and the numbers of the kernel's
 * interface, which are not to be had from one header on every C library.
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
#define SYS_SET_SIZE (SYS_SIGNALS / 8)
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

/* sched.h: the memory, the table of descriptors; the parent sleeps. */
#define SYS_CLONE_VM 0x100
#define SYS_CLONE_FILES 0x400
#define SYS_CLONE_VFORK 0x4000

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

/* A set as the kernel has it, whatever sigset_t of the C library holds. */
struct sys_set {
	uint64_t low;
	uint64_t high; /* the kernel takes SYS_SET_SIZE bytes */
};

static inline CHILD_CODE long sys_set_signal_mask(uint64_t mask, uint64_t high)
{
	struct sys_set set;

	set.low = mask;
	set.high = high;
	return arch_call(SYS_rt_sigprocmask, SYS_SIG_SETMASK, SYS_ARG(&set), 0,
			 SYS_SET_SIZE, 0);
}

/*
 * Those of TSTP, TTIN and TTOU that are pending, blocked and in the set: they
 * are taken away.
 */
static inline CHILD_CODE uint32_t sys_take_stops(uint64_t set)
{
	uint32_t taken = 0;
	long number = 1;
	long no_time[2];
	struct sys_set stops;

	no_time[0] = 0;
	no_time[1] = 0;
	stops.high = 0;
	stops.low = set & SYS_STOPS;
	while (stops.low && number > 0) {
		number = arch_call(SYS_rt_sigtimedwait, SYS_ARG(&stops), 0,
				   SYS_ARG(no_time), SYS_SET_SIZE, 0);
		if (number > 0)
			taken |= UINT32_C(1) << (number - 1);
	}
	return taken;
}

/*
 * Dispositions: a handler's address, 0 for default or 1 for ignored. Some
 * processors have no restorer, which does not matter to a struct of zeros.
 */
#if defined(__mips__)
struct sys_action {
	uint32_t flags;
	unsigned long handler;
	unsigned long mask[2];
	unsigned long restorer;
};
#else
struct sys_action {
	unsigned long handler;
	unsigned long flags;
	unsigned long restorer;
	unsigned long mask[2];
};
#endif

/* Member by member: an initializer might become a call of memset(). */
static inline CHILD_CODE void sys_fill_action(struct sys_action *action,
					      unsigned long handler)
{
	action->handler = handler;
	action->flags = 0;
	action->restorer = 0;
	action->mask[0] = 0;
	action->mask[1] = 0;
}

static inline CHILD_CODE long sys_get_action(int number,
					     struct sys_action *action)
{
	return arch_call(SYS_rt_sigaction, number, 0, SYS_ARG(action),
			 SYS_SET_SIZE, 0);
}

static inline CHILD_CODE long sys_set_action(int number,
					     const struct sys_action *action)
{
	return arch_call(SYS_rt_sigaction, number, SYS_ARG(action), 0,
			 SYS_SET_SIZE, 0);
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

/* struct sched_param has one member. */
static inline CHILD_CODE long sys_set_scheduler(int policy, uint64_t priority)
{
	int32_t param = (int32_t)priority;

	return arch_call(SYS_sched_setscheduler, 0, policy, SYS_ARG(&param), 0,
			 0);
}

/* 0: the calling thread, which is all of this process. */
static inline CHILD_CODE long sys_setpriority(int nice)
{
	return arch_call(SYS_setpriority, 0 /* PRIO_PROCESS */, 0, nice, 0, 0);
}

/* More bits than the kernel has processors are cut, not refused. */
static inline CHILD_CODE long sys_set_affinity(const void *bits, uint64_t size)
{
	return arch_call(SYS_sched_setaffinity, 0, (long)size, SYS_ARG(bits), 0,
			 0);
}

static inline CHILD_CODE long sys_ioprio_set(int priority)
{
	return arch_call(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0,
			 priority, 0, 0);
}

/* 64 bits on every processor; set or old may be NULL. */
static inline CHILD_CODE long sys_prlimit(int resource, const uint64_t *set,
					  uint64_t *old)
{
	return arch_call(SYS_prlimit64, 0, resource, SYS_ARG(set), SYS_ARG(old),
			 0);
}

/* The soft limit, but it may have been lowered while more were open. */
static inline CHILD_CODE long sys_fd_bound(int at_least)
{
	uint64_t limit[2];
	long code;

	limit[0] = 0;
	code = sys_prlimit(SYS_RLIMIT_NOFILE, 0, limit);
	if (code < 0)
		return code;
	if (limit[0] > INT32_MAX)
		return INT32_MAX;
	return (int32_t)limit[0] < at_least ? at_least : (int32_t)limit[0];
}

/* Returns the old mask: it never fails. */
static inline CHILD_CODE long sys_umask(int mask)
{
	return arch_call(SYS_umask, mask, 0, 0, 0, 0);
}

static inline CHILD_CODE long sys_unshare(uint64_t flags)
{
	return arch_call(SYS_unshare, (long)flags, 0, 0, 0, 0);
}

/* 0: of whichever type the descriptor is. */
static inline CHILD_CODE long sys_setns(int fd)
{
	return arch_call(SYS_setns, fd, 0, 0, 0, 0);
}

/* source, type and data may be NULL. */
static inline CHILD_CODE long sys_mount(const char *source, const char *target,
					const char *type, uint64_t flags,
					const char *data)
{
	return arch_call(SYS_mount, SYS_ARG(source), SYS_ARG(target),
			 SYS_ARG(type), (long)flags, SYS_ARG(data));
}

/* mount_setattr(2) with MOUNT_ATTR_... to set and to clear. */
static inline CHILD_CODE long sys_change_mount(const char *target, int flags,
					       uint64_t set, uint64_t clear)
{
	uint64_t attributes[4]; /* struct mount_attr */

	attributes[0] = set;
	attributes[1] = clear;
	attributes[2] = 0;
	attributes[3] = 0;
	return arch_call(SYS_NUMBER_MOUNT_SETATTR, -100 /* AT_FDCWD */,
			 SYS_ARG(target), flags, SYS_ARG(attributes),
			 sizeof attributes);
}

static inline CHILD_CODE long sys_detach_mount(const char *target)
{
	return arch_call(SYS_umount2, SYS_ARG(target), 2 /* MNT_DETACH */, 0, 0,
			 0);
}

static inline CHILD_CODE long sys_pivot_root(const char *root, const char *old)
{
	return arch_call(SYS_pivot_root, SYS_ARG(root), SYS_ARG(old), 0, 0, 0);
}

static inline CHILD_CODE long sys_mkdir(const char *path, int mode)
{
	return arch_call(SYS_mkdirat, -100 /* AT_FDCWD */, SYS_ARG(path), mode,
			 0, 0);
}

/* An empty file, not opened. */
static inline CHILD_CODE long sys_make_file(const char *path, int mode)
{
	return arch_call(SYS_mknodat, -100 /* AT_FDCWD */, SYS_ARG(path),
			 0100000 /* S_IFREG */ | mode, 0, 0);
}

static inline CHILD_CODE long sys_symlink(const char *text, const char *path)
{
	return arch_call(SYS_symlinkat, SYS_ARG(text), -100 /* AT_FDCWD */,
			 SYS_ARG(path), 0, 0);
}

static inline CHILD_CODE long sys_setgroups(uint64_t count, const void *groups)
{
	return arch_call(SYS_NUMBER_SETGROUPS, (long)count, SYS_ARG(groups), 0,
			 0, 0);
}

/* Hazard 3: the C library's own would change every thread of the parent. */
static inline CHILD_CODE long sys_setgid(int gid)
{
	return arch_call(SYS_NUMBER_SETRESGID, gid, gid, gid, 0, 0);
}

static inline CHILD_CODE long sys_setuid(int uid)
{
	return arch_call(SYS_NUMBER_SETRESUID, uid, uid, uid, 0, 0);
}

static inline CHILD_CODE long sys_chroot(const char *path)
{
	return arch_call(SYS_chroot, SYS_ARG(path), 0, 0, 0, 0);
}

static inline CHILD_CODE long sys_chdir(const char *path)
{
	return arch_call(SYS_chdir, SYS_ARG(path), 0, 0, 0, 0);
}

static inline CHILD_CODE long sys_fchdir(int fd)
{
	return arch_call(SYS_fchdir, fd, 0, 0, 0, 0);
}

/*
 * -EXDEV if the cwd is not below the root: links of /proc and descriptors lead
 * out of it. getcwd(2) then says "(unreachable)" before the path.
 */
static inline CHILD_CODE long sys_confirm_cwd(void)
{
	char path[4096];
	long code = arch_call(SYS_getcwd, SYS_ARG(path), sizeof path, 0, 0, 0);

	return code >= 0 && path[0] != '/' ? -EXDEV : code;
}

/* linux/prctl.h */
enum sys_prctl {
	SYS_PDEATHSIG = 1,
	SYS_SET_DUMPABLE = 4,
	SYS_KEEPCAPS = 8,
	SYS_CAPBSET_DROP = 24,
	SYS_SECUREBITS = 28,
	SYS_TSC = 26,
	SYS_TIMERSLACK = 29,
	SYS_NO_NEW_PRIVS = 38,
	SYS_THP_DISABLE = 41,
	SYS_CAP_AMBIENT = 47,
	SYS_SPECULATION = 53,
	SYS_SCHED_CORE = 62,
	SYS_MDWE = 65,
	SYS_MEMORY_MERGE = 67,
};

enum { SYS_AMBIENT_RAISE = 2, SYS_AMBIENT_CLEAR = 4 };

/* The unused arguments are 0, as the younger requests demand. */
static inline CHILD_CODE long sys_prctl(enum sys_prctl what, uint64_t a,
					uint64_t b)
{
	return arch_call(SYS_prctl, what, (long)a, (long)b, 0, 0);
}

/* The three sets of capabilities, in two halves. linux/capability.h */
struct sys_caps {
	struct {
		uint32_t effective;
		uint32_t permitted;
		uint32_t inheritable;
	} half[2];
};

static inline CHILD_CODE long sys_capget(struct sys_caps *caps)
{
	uint32_t header[2] = { 0x20080522 /* version 3 */, 0 };

	return arch_call(SYS_capget, SYS_ARG(header), SYS_ARG(caps), 0, 0, 0);
}

static inline CHILD_CODE long sys_capset(const struct sys_caps *caps)
{
	uint32_t header[2] = { 0x20080522 /* version 3 */, 0 };

	return arch_call(SYS_capset, SYS_ARG(header), SYS_ARG(caps), 0, 0, 0);
}

static inline CHILD_CODE long sys_landlock_restrict_self(int ruleset)
{
	return arch_call(SYS_NUMBER_LANDLOCK_RESTRICT_SELF, ruleset, 0, 0, 0,
			 0);
}

/* seccomp(2), Linux 3.17. Needs no_new_privs or CAP_SYS_ADMIN. */
static inline CHILD_CODE long sys_seccomp_filter(int flags, const void *program)
{
	return arch_call(SYS_seccomp, 1 /* SECCOMP_SET_MODE_FILTER */, flags,
			 SYS_ARG(program), 0, 0);
}

static inline CHILD_CODE long sys_sethostname(const void *name, uint64_t size)
{
	return arch_call(SYS_sethostname, SYS_ARG(name), (long)size, 0, 0, 0);
}

static inline CHILD_CODE long sys_setdomainname(const void *name, uint64_t size)
{
	return arch_call(SYS_setdomainname, SYS_ARG(name), (long)size, 0, 0, 0);
}

/* AF_UNIX is in every kernel, and its sockets know the interfaces too. */
static inline CHILD_CODE long sys_socket(void)
{
	return arch_call(SYS_socket, 1 /* AF_UNIX */,
			 2 /* SOCK_DGRAM */ | SYS_O_CLOEXEC, 0, 0, 0);
}

/* NULL: a new keyring without a name. */
static inline CHILD_CODE long sys_join_keyring(const void *name)
{
	return arch_call(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */,
			 SYS_ARG(name), 0, 0, 0);
}

static inline CHILD_CODE long sys_set_personality(uint64_t personality)
{
	return arch_call(SYS_personality, (long)personality, 0, 0, 0, 0);
}

/* The kernel counts one bit less than it is told. */
static inline CHILD_CODE long sys_set_mempolicy(int mode, const void *nodes,
						uint64_t bytes)
{
	return arch_call(SYS_set_mempolicy, mode, SYS_ARG(nodes),
			 nodes ? 8 * (long)bytes + 1 : 0, 0, 0);
}

/* Linux 3.14 */
static inline CHILD_CODE long sys_sched_setattr(const void *attributes)
{
	return arch_call(SYS_sched_setattr, 0, SYS_ARG(attributes), 0, 0, 0);
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

/* Until it changes, or for 100 ms. FUTEX_WAIT of futex(2), not private. */
static inline CHILD_CODE void sys_wait_while(const uint32_t *word,
					     uint32_t value)
{
	const long at_most[2] = { 0, 100000000 };

	arch_call(SYS_futex, SYS_ARG(word), 0, (long)value, SYS_ARG(at_most),
		  0);
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
