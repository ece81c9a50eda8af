/* SPDX-License-Identifier: MIT */
/*
 * Names of steps and backends, and the version. All are constant strings, so a
 * signal handler may ask for them too. The names of the backends are those that
 * LIBSPAWN_BACKEND takes: they never change.
 */
#define _GNU_SOURCE
#include <stddef.h>

#include <libspawn.h>

/* By number; as libspawn_explain() begins its sentence. */
static const char *const step_names[] = {
	[LIBSPAWN_STEP_NONE] = "none",
	[LIBSPAWN_STEP_ARGUMENTS] = "argv",
	[LIBSPAWN_STEP_OPTIONS] = "options",
	[LIBSPAWN_STEP_BACKEND] = "backend",
	[LIBSPAWN_STEP_MEMORY] = "memory",
	[LIBSPAWN_STEP_REPORT] = "report pipe",
	[LIBSPAWN_STEP_CREATE] = "create process",
	[LIBSPAWN_STEP_DIED] = "died before exec",
	[LIBSPAWN_STEP_POSIX_SPAWN] = "posix_spawn",
	[LIBSPAWN_STEP_PIDFD] = "pidfd",
	[LIBSPAWN_STEP_SIGNALS] = "signals",
	[LIBSPAWN_STEP_SIGNAL_MASK] = "signal mask",
	[LIBSPAWN_STEP_SESSION] = "session",
	[LIBSPAWN_STEP_PROCESS_GROUP] = "process group",
	[LIBSPAWN_STEP_TERMINAL] = "terminal",
	[LIBSPAWN_STEP_FOREGROUND] = "foreground",
	[LIBSPAWN_STEP_CGROUP] = "cgroup",
	[LIBSPAWN_STEP_SCHEDULER] = "scheduler",
	[LIBSPAWN_STEP_NICE] = "nice",
	[LIBSPAWN_STEP_AFFINITY] = "cpus",
	[LIBSPAWN_STEP_IO_PRIORITY] = "I/O priority",
	[LIBSPAWN_STEP_TIMER_SLACK] = "timer slack",
	[LIBSPAWN_STEP_RLIMIT] = "rlimit",
	[LIBSPAWN_STEP_UMASK] = "umask",
	[LIBSPAWN_STEP_OOM_SCORE_ADJ] = "oom_score_adj",
	[LIBSPAWN_STEP_UNSHARE] = "unshare",
	[LIBSPAWN_STEP_NAMESPACE] = "namespace",
	[LIBSPAWN_STEP_FD] = "fd",
	[LIBSPAWN_STEP_CLOSE_FDS] = "close fds",
	[LIBSPAWN_STEP_GROUPS] = "groups",
	[LIBSPAWN_STEP_GID] = "gid",
	[LIBSPAWN_STEP_BOUNDING_CAPS] = "bounding capabilities",
	[LIBSPAWN_STEP_CHROOT] = "chroot",
	[LIBSPAWN_STEP_UID] = "uid",
	[LIBSPAWN_STEP_SECUREBITS] = "securebits",
	[LIBSPAWN_STEP_AMBIENT_CAPS] = "ambient capabilities",
	[LIBSPAWN_STEP_PARENT_DEATH] = "parent-death signal",
	[LIBSPAWN_STEP_CWD] = "cwd",
	[LIBSPAWN_STEP_NO_NEW_PRIVS] = "no_new_privs",
	[LIBSPAWN_STEP_LANDLOCK] = "landlock",
	[LIBSPAWN_STEP_SECCOMP] = "seccomp",
	[LIBSPAWN_STEP_ENVIRONMENT] = "environment",
	[LIBSPAWN_STEP_SEARCH] = "search",
	[LIBSPAWN_STEP_EXEC] = "exec",
	[LIBSPAWN_STEP_CAPTURE] = "capture",
	[LIBSPAWN_STEP_DETACH] = "detach",
	[LIBSPAWN_STEP_BEGIN] = "begin",
	[LIBSPAWN_STEP_NEW_NAMESPACES] = "new namespaces",
	[LIBSPAWN_STEP_UID_MAP] = "uid map",
	[LIBSPAWN_STEP_GID_MAP] = "gid map",
	[LIBSPAWN_STEP_SETGROUPS] = "setgroups",
	[LIBSPAWN_STEP_MOUNT] = "mount",
	[LIBSPAWN_STEP_INIT] = "init",
	[LIBSPAWN_STEP_HOSTNAME] = "hostname",
	[LIBSPAWN_STEP_DOMAINNAME] = "domainname",
	[LIBSPAWN_STEP_LOOPBACK] = "loopback",
	[LIBSPAWN_STEP_TIME_OFFSETS] = "time offsets",
	[LIBSPAWN_STEP_PERSONALITY] = "personality",
	[LIBSPAWN_STEP_MEMORY_POLICY] = "memory policy",
	[LIBSPAWN_STEP_SCHED_ATTR] = "scheduling attributes",
	[LIBSPAWN_STEP_NEW_CORE] = "core scheduling",
	[LIBSPAWN_STEP_SPECULATION] = "speculation",
	[LIBSPAWN_STEP_TSC] = "time stamp counter",
	[LIBSPAWN_STEP_INHERITABLE_CAPS] = "inheritable capabilities",
	[LIBSPAWN_STEP_EXEC_LABEL] = "exec label",
	[LIBSPAWN_STEP_KEYRING] = "session keyring",
	[LIBSPAWN_STEP_MEMORY_TRAITS] = "memory traits",
	[LIBSPAWN_STEP_PID_VARIABLE] = "pid variable",
};

_Static_assert(sizeof step_names / sizeof step_names[0] == LIBSPAWN_STEP_COUNT,
	       "each step has a name");

static const char *const backend_names[] = {
	[LIBSPAWN_BACKEND_ANY] = "any",
	[LIBSPAWN_BACKEND_CLONE] = "clone",
	[LIBSPAWN_BACKEND_VFORK] = "vfork",
	[LIBSPAWN_BACKEND_POSIX_SPAWN] = "posix_spawn",
	[LIBSPAWN_BACKEND_FORK] = "fork",
};

const char *libspawn_step_name(int32_t step)
{
	if (step < 0 || step >= LIBSPAWN_STEP_COUNT)
		return "unknown";
	return step_names[step];
}

const char *libspawn_backend_name(uint32_t backend)
{
	if (backend >= sizeof backend_names / sizeof backend_names[0])
		return "unknown";
	return backend_names[backend];
}

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const char *libspawn_version(void)
{
	return TEXT(LIBSPAWN_VERSION_MAJOR) "." TEXT(
		LIBSPAWN_VERSION_MINOR) "." TEXT(LIBSPAWN_VERSION_PATCH);
}
