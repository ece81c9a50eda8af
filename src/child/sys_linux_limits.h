/* SPDX-License-Identifier: MIT */
/* Linux: how much of the machine the child gets. Included by sys_linux.h. */

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
