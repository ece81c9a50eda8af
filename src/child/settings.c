/* SPDX-License-Identifier: MIT */
/*
 * Settings of Linux that ask for one call each and nothing else. All are of the
 * process, so that a child that shares its caller's memory has them for itself
 * (hazard 12), but for the last, which no such child is asked for.
 */
#define _GNU_SOURCE
#include <stddef.h>

#include "child/steps.h"
#include "child/sys.h"

#if SYS_IS_LINUX

static CHILD_CODE long write_own(const char *path, const struct op *op)
{
	return sys_write_file(
		sys_open(path, SYS_O_WRITE_ONLY | SYS_O_CLOEXEC, 0), op->data,
		op->value);
}

/* Any socket will do: netdevice(7). */
static CHILD_CODE long set_interface(const void *request)
{
	long fd = sys_socket();
	long code;

	if (fd < 0)
		return fd;
	code = sys_ioctl((int)fd, 0x8914 /* SIOCSIFFLAGS */, request);
	sys_close((int)fd);
	return code;
}

CHILD_CODE long libspawn__setting_make(const struct op *op)
{
	switch (op->number) {
	case SET_HOSTNAME: return sys_sethostname(op->data, op->value);
	case SET_DOMAINNAME: return sys_setdomainname(op->data, op->value);
	case SET_INTERFACE: return set_interface(op->data);
	case SET_TIME_OFFSETS:
		return write_own("/proc/self/timens_offsets", op);
	case SET_EXEC_LABEL: return write_own("/proc/self/attr/exec", op);
	case SET_KEYRING: return sys_join_keyring(op->data);
	case SET_PERSONALITY: return sys_set_personality(op->value);
	case SET_MEMORY_POLICY:
		return sys_set_mempolicy(op->fd, op->data, op->value);
	case SET_SCHED_ATTR: return sys_sched_setattr(op->data);
	case SET_NEW_CORE: return sys_prctl(SYS_SCHED_CORE, 1 /* create */, 0);
	case SET_SPECULATION:
		return sys_prctl(SYS_SPECULATION, (uint64_t)op->fd, op->value);
	case SET_TSC: return sys_prctl(SYS_TSC, op->value, 0);
	case SET_NO_EXEC_GAIN: return sys_prctl(SYS_MDWE, 1, 0);
	case SET_NO_HUGE_PAGES: return sys_prctl(SYS_THP_DISABLE, 1, 0);
	case SET_MERGE: return sys_prctl(SYS_MEMORY_MERGE, 1, 0);
	case SET_COREDUMP_FILTER:
		return write_own("/proc/self/coredump_filter", op);
	default: return -ENOTSUP;
	}
}

#else

/* Not among SYS_TAKES. */
CHILD_CODE long libspawn__setting_make(const struct op *op)
{
	(void)op;
	return -ENOTSUP;
}

#endif
