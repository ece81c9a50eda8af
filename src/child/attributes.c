/* SPDX-License-Identifier: MIT */
/*
 * The operations that set one thing of the process and need nothing but their
 * operands: signals, session, scheduling, limits, identity, containment, a pid.
 */
#define _GNU_SOURCE
#include <stddef.h>

#include "child/steps.h"
#include "child/sys.h"

/* ---- Signals ----------------------------------------------------------- */

/* SIG_DFL and SIG_IGN as the kernel has them; more is an address. */
enum { DEFAULT = 0, IGNORED = 1 };

/* Signal n is bit n - 1; in a set of the options there are 64. */
static CHILD_CODE int in_set(uint64_t set, int number)
{
	return number <= 64 && set >> (number - 1) & 1;
}

/* Stops at the first that the kernel refuses. */
static CHILD_CODE long set_dispositions(uint64_t set, unsigned long handler)
{
	struct sys_action action;
	long code = 0;
	int number;

	sys_fill_action(&action, handler);
	for (number = 1; number <= SYS_SIGNALS && code >= 0; number++)
		if (in_set(set, number))
			code = sys_set_action(number, &action);
	return code;
}

/* But those that are known to be so. */
static CHILD_CODE long set_default(const struct launch *launch, uint64_t set)
{
	return set_dispositions(set & ~launch->heeded, DEFAULT);
}

/* Hazard 1: a handler that ran here would run in the parent's memory. */
static CHILD_CODE long reset_handlers(void)
{
	struct sys_action none;
	struct sys_action action;
	long code = 0;
	int number;

	sys_fill_action(&none, DEFAULT);
	sys_fill_action(&action, DEFAULT);
	for (number = 1; number <= SYS_SIGNALS && code >= 0; number++)
		if (sys_get_action(number, &action) >= 0 &&
		    action.handler > IGNORED)
			code = sys_set_action(number, &none);
	return code;
}

/* ---- Files that the kernel offers -------------------------------------- */

/* "0" stands for the writer, whatever its pid is here. cgroups(7) */
static CHILD_CODE long enter_cgroup(int directory)
{
	return sys_write_file(sys_openat(directory, "cgroup.procs",
					 SYS_O_WRITE_ONLY | SYS_O_CLOEXEC, 0),
			      "0", 1);
}

/* Of this process alone, though it shares its memory. Hazard 12. */
static CHILD_CODE long set_oom_score_adj(const char *text, size_t size)
{
	return sys_write_file(sys_open("/proc/self/oom_score_adj",
				       SYS_O_WRITE_ONLY | SYS_O_CLOEXEC, 0),
			      text, size);
}

/* ---- Limits, terminals, capabilities ----------------------------------- */

/* A limit to be kept is read here: the step before may have changed it. */
static CHILD_CODE long set_rlimit(int resource, const struct op_rlimit *wanted)
{
	uint64_t limit[2];
	long code = 0;

	limit[0] = wanted->limit[0];
	limit[1] = wanted->limit[1];
	if (wanted->keep[0] || wanted->keep[1])
		code = sys_prlimit(resource, NULL, limit);
	if (code < 0)
		return code;
	if (!wanted->keep[0])
		limit[0] = wanted->limit[0];
	if (!wanted->keep[1])
		limit[1] = wanted->limit[1];
	return sys_prlimit(resource, limit, NULL);
}

/* From the background this would stop the child, but SIGTTOU is blocked. */
static CHILD_CODE long take_foreground(int terminal, uint64_t request)
{
	int32_t group = (int32_t)sys_getpgid();

	return sys_ioctl(terminal, request, &group);
}

/* A change of uid has cleared the effective set; KEEPCAPS saved the other. */
static CHILD_CODE long raise_caps(void)
{
	struct sys_caps caps;
	long code = sys_capget(&caps);

	caps.half[0].effective = caps.half[0].permitted;
	caps.half[1].effective = caps.half[1].permitted;
	return code < 0 ? code : sys_capset(&caps);
}

/* A capability must be inheritable before it can be ambient. */
static CHILD_CODE long inherit_caps(uint64_t set, int alone)
{
	struct sys_caps caps;
	long code = sys_capget(&caps);
	int half;

	for (half = 0; half < 2; half++) {
		if (alone)
			caps.half[half].inheritable = 0;
		caps.half[half].inheritable |= (uint32_t)(set >> 32 * half);
	}
	return code < 0 ? code : sys_capset(&caps);
}

/* Permitted and effective become the set; inheritable stays. */
static CHILD_CODE long limit_caps(uint64_t set)
{
	struct sys_caps caps;
	long code = sys_capget(&caps);
	int half;

	for (half = 0; half < 2; half++) {
		caps.half[half].permitted = (uint32_t)(set >> 32 * half);
		caps.half[half].effective = caps.half[half].permitted;
	}
	return code < 0 ? code : sys_capset(&caps);
}

static CHILD_CODE long clear_ambient(void)
{
	return sys_prctl(SYS_CAP_AMBIENT, SYS_AMBIENT_CLEAR, 0);
}

/*
 * The kernel takes them from who was root. From one user to another they would
 * stay, by oversight: they are the new one's only where that was asked for.
 */
static CHILD_CODE long set_uid(const struct plan *plan, int32_t uid)
{
	long code = sys_setuid(uid);

	if (code >= 0 && plan->flags & PLAN_NEW_USER &&
	    !(plan->kinds & OP_BIT(OP_AMBIENT_CLEAR)))
		clear_ambient();
	return code;
}

/*
 * Hazard 4. Whoever is root in a namespace of users may trace those who are in
 * it: the kernel clears the flag too, but not where the caller owns it.
 */
static CHILD_CODE long enter_namespace(int fd)
{
	long code = sys_prctl(SYS_SET_DUMPABLE, 0, 0);

	return code < 0 ? code : sys_setns(fd);
}

static CHILD_CODE long raise_ambient(int capability)
{
	return sys_prctl(SYS_CAP_AMBIENT, SYS_AMBIENT_RAISE,
			 (uint64_t)capability);
}

/* EINVAL means a capability that this kernel does not know: it is not held. */
static CHILD_CODE long drop_bound(int capability)
{
	long code = sys_prctl(SYS_CAPBSET_DROP, (uint64_t)capability, 0);

	return code == -EINVAL ? 0 : code;
}

/* A parent that died before prctl() sends no signal any more. */
static CHILD_CODE long follow_parent(int number, uint64_t parent)
{
	long code = sys_prctl(SYS_PDEATHSIG, (uint64_t)number, 0);

	if (code < 0)
		return code;
	return sys_has_lost_parent((long)parent) ? -ESRCH : 0;
}

/* ---- Its environment ---------------------------------------------------- */

/* By subtraction: a division may be a call of the compiler's. */
static CHILD_CODE long write_pid(const struct plan *plan, uint64_t at)
{
	static const uint32_t powers[PID_DIGITS] = {
		1000000000, 100000000, 10000000, 1000000, 100000,
		10000,	    1000,      100,	 10,	  1
	};
	char *const digits = plan->pid_variable + at;
	char *to = digits;
	uint32_t n, left = (uint32_t)sys_getpid();

	for (n = 0; n < PID_DIGITS; n++) {
		if (left < powers[n] && to == digits)
			continue;
		for (*to = '0'; left >= powers[n]; left -= powers[n])
			++*to;
		to++;
	}
	*to = '\0';
	return 0;
}

/* ---- All of them ------------------------------------------------------- */

CHILD_CODE long libspawn__attribute_set(const struct launch *launch,
					const struct op *op)
{
	switch (op->kind) {
	case OP_HANDLERS: return reset_handlers();
	case OP_CGROUP: return enter_cgroup(op->fd);
	case OP_SIGNALS_DEFAULT: return set_default(launch, op->value);
	case OP_SIGNALS_IGNORE: return set_dispositions(op->value, IGNORED);
	case OP_SESSION: return sys_setsid();
	case OP_PROCESS_GROUP: return sys_setpgid(op->number);
	case OP_TERMINAL: return sys_ioctl(op->fd, op->value, NULL);
	case OP_FOREGROUND: return take_foreground(op->fd, op->value);
	case OP_SCHEDULER: return sys_set_scheduler(op->number, op->value);
	case OP_NICE: return sys_setpriority(op->number);
	case OP_AFFINITY: return sys_set_affinity(op->data, op->value);
	case OP_IO_PRIORITY: return sys_ioprio_set(op->number);
	case OP_TIMER_SLACK: return sys_prctl(SYS_TIMERSLACK, op->value, 0);
	case OP_RLIMIT: return set_rlimit(op->number, op->data);
	case OP_UMASK: return sys_umask(op->number);
	case OP_OOM_SCORE_ADJ: return set_oom_score_adj(op->data, op->value);
	case OP_NAMESPACE: return enter_namespace(op->fd);
	case OP_UNSHARE: return sys_unshare(op->value);
	case OP_GID: return sys_setgid(op->number);
	case OP_BOUNDING_DROP: return drop_bound(op->number);
	case OP_CHROOT: return sys_chroot(op->data);
	case OP_KEEP_CAPS: return sys_prctl(SYS_KEEPCAPS, 1, 0);
	case OP_UID: return set_uid(launch->plan, op->number);
	case OP_CAPS_RAISE: return raise_caps();
	case OP_CAPS_INHERIT: return inherit_caps(op->value, op->number);
	case OP_AMBIENT_CLEAR: return clear_ambient();
	case OP_AMBIENT_RAISE: return raise_ambient(op->number);
	case OP_SECUREBITS: return sys_prctl(SYS_SECUREBITS, op->value, 0);
	case OP_CAPS_LIMIT: return limit_caps(op->value);
	case OP_PARENT_DEATH: return follow_parent(op->number, op->value);
	case OP_CHDIR: return sys_chdir(op->data);
	case OP_FCHDIR: return sys_fchdir(op->fd);
	case OP_CWD_INSIDE: return sys_confirm_cwd();
	case OP_PID_VARIABLE: return write_pid(launch->plan, op->value);
	case OP_NO_NEW_PRIVS: return sys_prctl(SYS_NO_NEW_PRIVS, 1, 0);
	case OP_LANDLOCK: return sys_landlock_restrict_self(op->fd);
	case OP_SECCOMP: return sys_seccomp_filter(op->number, op->data);
	default: return -ENOTSUP;
	}
}
