/* SPDX-License-Identifier: MIT */
/*
 * Linux: who the child is, and what it may do. Included by sys_linux.h.
 */

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

/* linux/prctl.h */
enum sys_prctl {
	SYS_PDEATHSIG = 1,
	SYS_GET_DUMPABLE = 3,
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

/* NULL: a new keyring without a name. */
static inline CHILD_CODE long sys_join_keyring(const void *name)
{
	return arch_call(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */,
			 SYS_ARG(name), 0, 0, 0);
}
