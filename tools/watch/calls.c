/* SPDX-License-Identifier: MIT */
/* Numbers differ by processor, so the compiler is asked for them. */
#define _GNU_SOURCE
#include "calls.h"

#include <stddef.h>
#include <sys/syscall.h>

static const struct {
	long number;
	const char *name;
} calls[] = {
	{ SYS_read, "read" },
	{ SYS_write, "write" },
	{ SYS_readv, "readv" },
	{ SYS_writev, "writev" },
	{ SYS_ppoll, "poll" },
	{ SYS_pselect6, "select" },
	{ SYS_epoll_pwait, "epoll_wait" },
	{ SYS_futex, "futex" },
	{ SYS_nanosleep, "nanosleep" },
	{ SYS_clock_nanosleep, "nanosleep" },
	{ SYS_restart_syscall, "restart_syscall" },
	{ SYS_accept, "accept" },
	{ SYS_accept4, "accept" },
	{ SYS_connect, "connect" },
	{ SYS_recvfrom, "recv" },
	{ SYS_recvmsg, "recvmsg" },
	{ SYS_sendto, "send" },
	{ SYS_sendmsg, "sendmsg" },
	{ SYS_wait4, "wait" },
	{ SYS_waitid, "waitid" },
	{ SYS_rt_sigtimedwait, "sigwait" },
	{ SYS_fsync, "fsync" },
	{ SYS_flock, "flock" },
	{ SYS_openat, "open" },
	{ SYS_munmap, "munmap" },
	{ SYS_mmap, "mmap" },
#ifdef SYS_poll
	{ SYS_poll, "poll" },
#endif
#ifdef SYS_select
	{ SYS_select, "select" },
#endif
#ifdef SYS_epoll_wait
	{ SYS_epoll_wait, "epoll_wait" },
#endif
#ifdef SYS_pause
	{ SYS_pause, "pause" },
#endif
};

const char *call_name(long number)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (calls[i].number == number)
			return calls[i].name;
	return NULL;
}
