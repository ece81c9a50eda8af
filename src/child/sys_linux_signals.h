/* SPDX-License-Identifier: MIT */
/* Linux: masks and dispositions of signals. Included by sys_linux.h. */

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

static inline CHILD_CODE long sys_kill(long pid, int number)
{
	return arch_call(SYS_kill, pid, number, 0, 0, 0);
}

/*
 * Those of TSTP, TTIN, TTOU and QUIT that are pending, blocked and in the set:
 * they are taken away.
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
	stops.low = set & (SYS_STOPS | SYS_QUIT);
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
