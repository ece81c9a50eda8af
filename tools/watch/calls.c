/* SPDX-License-Identifier: MIT */
/*
 * Numbers differ by processor, so the compiler is asked for them; older calls
 * are not on every one.
 */
#define _GNU_SOURCE
#include "calls.h"

#include <stddef.h>
#include <sys/syscall.h>

#define CALL(name)                                                             \
	{                                                                      \
		SYS_##name, #name                                              \
	}

static const struct {
	long number;
	const char *name;
} calls[] = {
	CALL(read),
	CALL(write),
	CALL(readv),
	CALL(writev),
	CALL(pread64),
	CALL(pwrite64),
	CALL(ppoll),
	CALL(pselect6),
	CALL(epoll_pwait),
	CALL(epoll_ctl),
	CALL(epoll_create1),
	CALL(futex),
	CALL(nanosleep),
	CALL(clock_nanosleep),
	CALL(restart_syscall),
	CALL(accept),
	CALL(accept4),
	CALL(connect),
	CALL(socket),
	CALL(socketpair),
	CALL(bind),
	CALL(listen),
	CALL(shutdown),
	CALL(setsockopt),
	CALL(getsockopt),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(sendto),
	CALL(sendmsg),
	CALL(wait4),
	CALL(waitid),
	CALL(rt_sigtimedwait),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(rt_sigsuspend),
	CALL(sigaltstack),
	CALL(fsync),
	CALL(flock),
	CALL(openat),
	CALL(close),
	CALL(close_range),
	CALL(dup),
	CALL(dup3),
	CALL(pipe2),
	CALL(fcntl),
	CALL(ioctl),
	CALL(lseek),
	CALL(ftruncate),
	CALL(getdents64),
	CALL(readlinkat),
	CALL(faccessat),
	CALL(unlinkat),
	CALL(mkdirat),
	CALL(renameat2),
	CALL(mmap),
	CALL(munmap),
	CALL(mprotect),
	CALL(mremap),
	CALL(madvise),
	CALL(brk),
	CALL(clone),
	CALL(clone3),
	CALL(execve),
	CALL(execveat),
	CALL(exit),
	CALL(exit_group),
	CALL(getpid),
	CALL(getppid),
	CALL(gettid),
	CALL(kill),
	CALL(tgkill),
	CALL(setsid),
	CALL(setpgid),
	CALL(getpgid),
	CALL(setuid),
	CALL(setgid),
	CALL(setreuid),
	CALL(setregid),
	CALL(setresuid),
	CALL(setresgid),
	CALL(setgroups),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(chdir),
	CALL(fchdir),
	CALL(chroot),
	CALL(umask),
	CALL(prctl),
	CALL(prlimit64),
	CALL(setpriority),
	CALL(getpriority),
	CALL(sched_setaffinity),
	CALL(sched_getaffinity),
	CALL(sched_setscheduler),
	CALL(sched_yield),
	CALL(setitimer),
	CALL(set_robust_list),
	CALL(set_tid_address),
	CALL(rseq),
	CALL(unshare),
	CALL(setns),
	CALL(mount),
	CALL(capset),
	CALL(capget),
	CALL(seccomp),
	CALL(uname),
	CALL(sysinfo),
	CALL(getrandom),
	CALL(clock_gettime),
	CALL(times),
	CALL(getrusage),
	CALL(eventfd2),
	CALL(timerfd_create),
	CALL(signalfd4),
	CALL(inotify_init1),
	CALL(memfd_create),
	CALL(statx),
#ifdef SYS_fork
	CALL(fork),
#endif
#ifdef SYS_vfork
	CALL(vfork),
#endif
#ifdef SYS_open
	CALL(open),
#endif
#ifdef SYS_stat
	CALL(stat),
#endif
#ifdef SYS_lstat
	CALL(lstat),
#endif
#ifdef SYS_fstat
	CALL(fstat),
#endif
#ifdef SYS_newfstatat
	CALL(newfstatat),
#endif
#ifdef SYS_access
	CALL(access),
#endif
#ifdef SYS_pipe
	CALL(pipe),
#endif
#ifdef SYS_dup2
	CALL(dup2),
#endif
#ifdef SYS_poll
	CALL(poll),
#endif
#ifdef SYS_select
	CALL(select),
#endif
#ifdef SYS_epoll_wait
	CALL(epoll_wait),
#endif
#ifdef SYS_pause
	CALL(pause),
#endif
#ifdef SYS_alarm
	CALL(alarm),
#endif
#ifdef SYS_unlink
	CALL(unlink),
#endif
#ifdef SYS_rename
	CALL(rename),
#endif
#ifdef SYS_mkdir
	CALL(mkdir),
#endif
#ifdef SYS_readlink
	CALL(readlink),
#endif
#ifdef SYS_getdents
	CALL(getdents),
#endif
#ifdef SYS_getrlimit
	CALL(getrlimit),
#endif
#ifdef SYS_setrlimit
	CALL(setrlimit),
#endif
#ifdef SYS_gettimeofday
	CALL(gettimeofday),
#endif
#ifdef SYS_time
	CALL(time),
#endif
#ifdef SYS_arch_prctl
	CALL(arch_prctl),
#endif
#ifdef SYS_faccessat2
	CALL(faccessat2),
#endif
};

const char *call_name(long number)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (calls[i].number == number)
			return calls[i].name;
	return NULL;
}
