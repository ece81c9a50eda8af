/* SPDX-License-Identifier: MIT */
/*
 * Tables of names. Numbers that differ between systems come from headers; those
 * that only Linux has are part of its ABI and written out, so that the table
 * knows more than the headers the program was built with.
 */
#define _GNU_SOURCE
#include "names.h"

#include <libspawn.h>

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

static const struct name signal_names[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "ILL", SIGILL },
	{ "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT },
	{ "BUS", SIGBUS },
	{ "FPE", SIGFPE },
	{ "KILL", SIGKILL },
	{ "USR1", SIGUSR1 },
	{ "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },
	{ "ALRM", SIGALRM },
	{ "TERM", SIGTERM },
	{ "CHLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },
	{ "WINCH", SIGWINCH },
	{ "IO", SIGIO },
	{ "SYS", SIGSYS },
	{ "IOT", SIGABRT },
#ifdef __linux__
	{ "STKFLT", SIGSTKFLT },
	{ "PWR", SIGPWR },
	{ "POLL", SIGPOLL },
	{ "CLD", SIGCHLD },
#endif
	{ NULL, 0 },
};

/* Indexed by number: capabilities(7). */
static const char *const capability_names[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

static const struct name resource_names[] = {
	{ "cpu", RLIMIT_CPU },
	{ "fsize", RLIMIT_FSIZE },
	{ "data", RLIMIT_DATA },
	{ "stack", RLIMIT_STACK },
	{ "core", RLIMIT_CORE },
	{ "nofile", RLIMIT_NOFILE },
	{ "memlock", RLIMIT_MEMLOCK },
	{ "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },
#ifdef RLIMIT_AS
	{ "as", RLIMIT_AS },
#endif
#ifdef __linux__
	{ "locks", RLIMIT_LOCKS },
	{ "sigpending", RLIMIT_SIGPENDING },
	{ "msgqueue", RLIMIT_MSGQUEUE },
	{ "nice", RLIMIT_NICE },
	{ "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME },
#endif
	{ NULL, 0 },
};

/* CLONE_NEW...: namespaces(7). */
static const struct name namespace_names[] = {
	{ "time", 0x80 },	{ "mount", 0x20000 },
	{ "mnt", 0x20000 },	{ "cgroup", 0x2000000 },
	{ "uts", 0x4000000 },	{ "ipc", 0x8000000 },
	{ "user", 0x10000000 }, { "pid", 0x20000000 },
	{ "net", 0x40000000 },	{ NULL, 0 },
};

/* SECBIT_...: capabilities(7). */
static const struct name securebit_names[] = {
	{ "noroot", 0x01 },
	{ "noroot_locked", 0x02 },
	{ "no_setuid_fixup", 0x04 },
	{ "no_setuid_fixup_locked", 0x08 },
	{ "keep_caps", 0x10 },
	{ "keep_caps_locked", 0x20 },
	{ "no_cap_ambient_raise", 0x40 },
	{ "no_cap_ambient_raise_locked", 0x80 },
	{ "no_root_for_good", LIBSPAWN_SECUREBITS_NO_ROOT },
	{ "no_ambient_for_good", LIBSPAWN_SECUREBITS_NO_AMBIENT },
	{ NULL, 0 },
};

/* sched(7) */
static const struct name policy_names[] = {
	{ "other", 0 }, { "normal", 0 }, { "fifo", 1 },	    { "rr", 2 },
	{ "batch", 3 }, { "idle", 5 },	 { "deadline", 6 }, { NULL, 0 },
};

/* ioprio_set(2) */
static const struct name io_class_names[] = {
	{ "none", 0 }, { "realtime", 1 }, { "rt", 1 }, { "best-effort", 2 },
	{ "be", 2 },   { "idle", 3 },	  { NULL, 0 },
};

/* open(2) */
static const struct name open_flag_names[] = {
	{ "rdonly", O_RDONLY },
	{ "wronly", O_WRONLY },
	{ "rdwr", O_RDWR },
	{ "append", O_APPEND },
	{ "creat", O_CREAT },
	{ "directory", O_DIRECTORY },
	{ "dsync", O_DSYNC },
	{ "excl", O_EXCL },
	{ "noctty", O_NOCTTY },
	{ "nofollow", O_NOFOLLOW },
	{ "nonblock", O_NONBLOCK },
	{ "sync", O_SYNC },
	{ "trunc", O_TRUNC },
#ifdef __linux__
	{ "direct", O_DIRECT },
	{ "noatime", O_NOATIME },
	{ "path", O_PATH },
	{ "tmpfile", O_TMPFILE },
#endif
	{ NULL, 0 },
};

static const char *skip_prefix(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncasecmp(name, prefix, length) == 0 ? name + length : name;
}

int name_number(const struct name *table, const char *text)
{
	for (; table->text != NULL; table++)
		if (strcasecmp(table->text, text) == 0)
			return table->number;
	return -1;
}

#ifdef SIGRTMIN

/* RTMIN, RTMIN+3, RTMAX-1; SIGRTMIN is only known at run time. */
static int realtime_number(const char *name)
{
	int base = strncasecmp(name, "RTMIN", 5) == 0 ? SIGRTMIN : SIGRTMAX;
	char *end;
	long number;

	if (base == SIGRTMAX && strncasecmp(name, "RTMAX", 5) != 0)
		return -1;
	if (name[5] == '\0')
		return base;
	if (name[5] != (base == SIGRTMIN ? '+' : '-'))
		return -1;
	number = base + strtol(name + 5, &end, 10);
	if (*end != '\0' || number < SIGRTMIN || number > SIGRTMAX)
		return -1;
	return (int)number;
}

#else

/* macOS and OpenBSD have none. */
static int realtime_number(const char *name)
{
	(void)name;
	return -1;
}

#endif

int signal_number(const char *name)
{
	const char *bare = skip_prefix(name, "SIG");
	int number = name_number(signal_names, bare);

	return number >= 0 ? number : realtime_number(bare);
}

int capability_number(const char *name)
{
	const char *bare = skip_prefix(name, "cap_");

	for (int number = 0; number <= capability_last(); number++)
		if (strcasecmp(capability_names[number], bare) == 0)
			return number;
	return -1;
}

int capability_last(void)
{
	return (int)(sizeof capability_names / sizeof *capability_names) - 1;
}

int resource_number(const char *name)
{
	return name_number(resource_names, skip_prefix(name, "RLIMIT_"));
}

int namespace_flag(const char *name)
{
	return name_number(namespace_names, skip_prefix(name, "CLONE_NEW"));
}

int securebit_flag(const char *name)
{
	return name_number(securebit_names, skip_prefix(name, "SECBIT_"));
}

int policy_number(const char *name)
{
	return name_number(policy_names, skip_prefix(name, "SCHED_"));
}

int io_class_number(const char *name)
{
	return name_number(io_class_names, name);
}

int open_flag(const char *name)
{
	return name_number(open_flag_names, skip_prefix(name, "O_"));
}

const char *signal_name(int number)
{
	for (const struct name *row = signal_names; row->text != NULL; row++)
		if (row->number == number)
			return row->text;
	return NULL;
}
