/* SPDX-License-Identifier: MIT */
/*
 * Remarks that need nothing but step and errno: what the kernel means by it,
 * and who could help. Nothing is looked at.
 */
#define _GNU_SOURCE
#include "tell/remarks.h"

#include <errno.h>
#include <stddef.h>

#include <libspawn.h>

#define TOO_OLD " (this kernel is without it, or a filter refuses it)"
#define RIGHT(capability)                                                      \
	" (it takes " capability " in the user namespace that owns the other)"

static const struct remark {
	int32_t step;
	int32_t code;
	const char *text;
} remarks[] = {
	{ LIBSPAWN_STEP_EXEC, EAGAIN,
	  " (its user has more processes than RLIMIT_NPROC)" },
	{ LIBSPAWN_STEP_CWD, EXDEV,
	  " (it is outside of the new root or mount namespace)" },
	{ LIBSPAWN_STEP_HOSTNAME, EPERM, RIGHT("CAP_SYS_ADMIN") },
	{ LIBSPAWN_STEP_DOMAINNAME, EPERM, RIGHT("CAP_SYS_ADMIN") },
	{ LIBSPAWN_STEP_HOSTNAME, EINVAL,
	  " (no new UTS namespace is asked for)" },
	{ LIBSPAWN_STEP_DOMAINNAME, EINVAL,
	  " (no new UTS namespace is asked for)" },
	{ LIBSPAWN_STEP_LOOPBACK, EPERM, RIGHT("CAP_NET_ADMIN") },
	{ LIBSPAWN_STEP_LOOPBACK, EINVAL,
	  " (no new network namespace is asked for)" },
	{ LIBSPAWN_STEP_LOOPBACK, ENOTTY, TOO_OLD },
	{ LIBSPAWN_STEP_TIME_OFFSETS, EPERM, RIGHT("CAP_SYS_TIME") },
	{ LIBSPAWN_STEP_TIME_OFFSETS, ENOENT,
	  " (no /proc is mounted, or this kernel has no time namespaces)" },
	{ LIBSPAWN_STEP_TIME_OFFSETS, ERANGE, " (a clock would be below 0)" },
	{ LIBSPAWN_STEP_MEMORY_POLICY, EINVAL,
	  " (such a policy, or such a node, is not to be had here)" },
	{ LIBSPAWN_STEP_SCHED_ATTR, EBUSY,
	  " (the processors have not so much time left)" },
	{ LIBSPAWN_STEP_NEW_CORE, ENODEV,
	  " (no processor here has more than one thread)" },
	{ LIBSPAWN_STEP_NEW_CORE, EINVAL,
	  " (this kernel has no core scheduling)" },
	{ LIBSPAWN_STEP_SPECULATION, ENXIO,
	  " (this kernel lets nobody choose)" },
	{ LIBSPAWN_STEP_SPECULATION, ENODEV,
	  " (this processor has no such switch)" },
	{ LIBSPAWN_STEP_SPECULATION, EPERM,
	  " (this kernel lets nobody choose, or it is off for good)" },
	{ LIBSPAWN_STEP_TSC, EINVAL, " (this processor has no such switch)" },
	{ LIBSPAWN_STEP_EXEC_LABEL, EINVAL, " (no security module takes it)" },
	{ LIBSPAWN_STEP_EXEC_LABEL, ENOENT,
	  " (no /proc is mounted, or this kernel has no security modules)" },
	{ LIBSPAWN_STEP_KEYRING, EPERM,
	  " (perhaps a filter, as those of containers have it)" },
	{ LIBSPAWN_STEP_MEMORY_TRAITS, EINVAL, TOO_OLD },
	{ LIBSPAWN_STEP_MEMORY_TRAITS, ENOTSUP,
	  " (it is of the memory, which the child shares with its caller; by "
	  "fork, if LIBSPAWN_ALLOW_FORK)" },
};

const char *libspawn__remark(int32_t step, int32_t code)
{
	size_t n;

	for (n = 0; n < sizeof remarks / sizeof remarks[0]; n++)
		if (remarks[n].step == step && remarks[n].code == code)
			return remarks[n].text;
	return code == ENOSYS && step >= LIBSPAWN_STEP_HOSTNAME ? TOO_OLD : "";
}
