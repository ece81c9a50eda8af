/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "caller_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmocka.h>

#include "linux_calls.h"

__attribute__((format(printf, 2, 3))) static void
add(struct caller_state *state, const char *format, ...)
{
	size_t room = sizeof state->text - state->length;
	va_list list;
	int length;

	va_start(list, format);
	length = vsnprintf(state->text + state->length, room, format, list);
	va_end(list);
	assert_true(length >= 0 && (size_t)length < room);
	state->length += (size_t)length;
}

/* A number, or the errno of what failed. */
static void add_number(struct caller_state *state, const char *key, long value)
{
	if (value == -1)
		add(state, "%s=error:%d\n", key, errno);
	else
		add(state, "%s=%lx\n", key, (unsigned long)value);
}

static void add_bytes(struct caller_state *state, const char *key,
		      const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	size_t n;

	add(state, "%s=", key);
	for (n = 0; n < size; n++)
		add(state, "%02x", at[n]);
	add(state, "\n");
}

/* ---- Files of /proc ---------------------------------------------------- */

/* What runs on by itself. */
static int is_moving(const char *line)
{
	static const char *const keys[] = { "Vm",  "Rss",   "voluntary",
					    "non", "State", "SigQ" };
	size_t n;

	for (n = 0; n < sizeof keys / sizeof keys[0]; n++)
		if (strncmp(line, keys[n], strlen(keys[n])) == 0)
			return 1;
	return 0;
}

static void add_file(struct caller_state *state, const char *name)
{
	char path[64], line[4096];
	FILE *file;

	snprintf(path, sizeof path, "/proc/self/%s", name);
	file = fopen(path, "re");
	if (!file)
		add_number(state, name, -1);
	while (file && fgets(line, sizeof line, file))
		if (!is_moving(line))
			add(state, "%s: %.*s\n", name, (int)strcspn(line, "\n"),
			    line);
	if (file)
		fclose(file);
}

static void add_link(struct caller_state *state, const char *name)
{
	char path[64], target[4096];
	ssize_t length;

	snprintf(path, sizeof path, "/proc/self/%s", name);
	length = readlink(path, target, sizeof target - 1);
	if (length < 0)
		add_number(state, name, -1);
	else
		add(state, "%s -> %.*s\n", name, (int)length, target);
}

static void add_proc(struct caller_state *state)
{
	static const char *const files[] = {
		"status",	  "coredump_filter", "oom_score_adj",
		"attr/current",	  "attr/exec",	     "attr/fscreate",
		"attr/keycreate", "cgroup",	     "limits",
		"personality",	  "setgroups",	     "uid_map",
		"gid_map",	  "timens_offsets",  "timerslack_ns",
		"mounts",	  "sessionid",	     "projid_map",
	};
	static const char *const links[] = {
		"cwd",
		"root",
		"exe",
		"ns/cgroup",
		"ns/ipc",
		"ns/mnt",
		"ns/net",
		"ns/pid",
		"ns/user",
		"ns/time",
		"ns/uts",
		"ns/pid_for_children",
		"ns/time_for_children",
	};
	size_t n;

	for (n = 0; n < sizeof files / sizeof files[0]; n++)
		add_file(state, files[n]);
	for (n = 0; n < sizeof links / sizeof links[0]; n++)
		add_link(state, links[n]);
}

/* ---- Descriptors ------------------------------------------------------- */

static void add_descriptors(struct caller_state *state)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	char name[32];

	while (directory && (entry = readdir(directory))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || fd == dirfd(directory))
			continue;
		snprintf(name, sizeof name, "fd/%d", fd);
		add_link(state, name);
		add(state, "fd %d: %x %x\n", fd, (unsigned)fcntl(fd, F_GETFD),
		    (unsigned)fcntl(fd, F_GETFL));
	}
	if (directory)
		closedir(directory);
}

/* ---- What is asked for by a call --------------------------------------- */

/* PR_GET_... by number, as headers may be older than the kernel. */
static void add_by_prctl(struct caller_state *state)
{
	static const struct {
		int what;
		unsigned long argument;
	} asked[] = {
		{ 3, 0 },  { 7, 0 },  { 21, 0 }, { 27, 0 }, { 30, 0 },
		{ 34, 0 }, { 39, 0 }, { 42, 0 }, { 52, 0 }, { 52, 1 },
		{ 52, 2 }, { 56, 0 }, { 58, 0 }, { 66, 0 }, { 68, 0 },
		{ 70, 0 }, { 74, 0 },
	};
	unsigned long long cookie = 0;
	int number = 0;
	char key[32];
	size_t n;

	for (n = 0; n < sizeof asked / sizeof asked[0]; n++) {
		snprintf(key, sizeof key, "prctl %d %lu", asked[n].what,
			 asked[n].argument);
		add_number(
			state, key,
			prctl(asked[n].what, asked[n].argument, 0UL, 0UL, 0UL));
	}
	/* PDEATHSIG, TSC, CHILD_SUBREAPER, SCHED_CORE. */
	add(state, "pdeathsig=%d", prctl(2, &number, 0UL, 0UL, 0UL));
	add(state, " %d\n", number);
	add(state, "tsc=%d", prctl(25, &number, 0UL, 0UL, 0UL));
	add(state, " %d\n", number);
	add(state, "subreaper=%d", prctl(37, &number, 0UL, 0UL, 0UL));
	add(state, " %d\n", number);
	add(state, "core=%d", prctl(62, 0UL, 0UL, 0UL, &cookie));
	add(state, " %llx\n", cookie);
}

static void add_capabilities(struct caller_state *state)
{
	uint32_t data[6] = { 0 };

	read_caps(data);
	add_bytes(state, "capabilities", data, sizeof data);
	for (unsigned long n = 0; n < 64; n++)
		add(state, "%d%d", prctl(PR_CAPBSET_READ, n, 0UL, 0UL, 0UL),
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, n, 0UL, 0UL));
	add(state, "\n");
}

/* struct sched_attr, and what else has to do with when and where. */
static void add_scheduling(struct caller_state *state)
{
	unsigned char attr[64] = { 0 };
	unsigned long cpus[128] = { 0 }, nodes[16] = { 0 };
	int mode = -1;

	add_number(state, "getattr",
		   syscall(SYS_sched_getattr, 0, attr, sizeof attr, 0));
	/* A kernel may tell of a deadline what is left of it: there is none. */
	add_bytes(state, "attr", attr, sizeof attr);
	syscall(SYS_sched_getaffinity, 0, sizeof cpus, cpus);
	add_bytes(state, "cpus", cpus, sizeof cpus);
	add_number(state, "nice", syscall(SYS_getpriority, PRIO_PROCESS, 0));
	add_number(state, "io priority", syscall(SYS_ioprio_get, 1, 0));
	add_number(state, "mempolicy",
		   syscall(SYS_get_mempolicy, &mode, nodes, 1024, 0, 0));
	add(state, "mode=%d\n", mode);
	add_bytes(state, "nodes", nodes, sizeof nodes);
	add_number(state, "personality",
		   syscall(SYS_personality, 0xffffffffUL));
}

/* KEYCTL_GET_KEYRING_ID of the thread's, process's, session's and user's. */
static void add_keyrings(struct caller_state *state)
{
	char key[32];

	for (int which = -1; which >= -5; which--) {
		snprintf(key, sizeof key, "keyring %d", which);
		add_number(state, key, syscall(SYS_keyctl, 0, which, 0));
	}
}

struct kernel_action {
	void *handler;
	unsigned long rest[15];
};

static void add_signals(struct caller_state *state)
{
	uint64_t mask = 0;
	stack_t stack;

	change_mask(NULL, &mask);
	add_bytes(state, "mask", &mask, sizeof mask);
	sigaltstack(NULL, &stack);
	add(state, "stack %p %zu %d\n", stack.ss_sp, stack.ss_size,
	    stack.ss_flags);
	for (int n = 1; n <= 64; n++) {
		struct kernel_action action = { 0 };

		syscall(SYS_rt_sigaction, n, NULL, &action, sizeof mask);
		add(state, "signal %d: %p %lx\n", n, action.handler,
		    action.rest[0]);
	}
}

/* Who it is to others: session, groups, names, limits, terminal, network. */
static void add_identity(struct caller_state *state)
{
	struct {
		char name[16];
		short flags;
		char rest[22];
	} lo = { "lo", 0, "" };
	struct utsname names;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	mode_t mask = umask(0);

	umask(mask);
	uname(&names);
	add(state, "umask=%o session=%d group=%d parent=%d\n", mask, getsid(0),
	    getpgid(0), getppid());
	add(state, "foreground=%d\n", tcgetpgrp(0));
	add(state, "%s %s %s\n", names.nodename, names.domainname,
	    names.machine);
	add_number(state, "lo", ioctl(fd, 0x8913 /* SIOCGIFFLAGS */, &lo));
	add(state, "lo flags=%x\n", (unsigned)lo.flags);
	close(fd);
	for (int n = 0; n < 16; n++) {
		struct rlimit limit = { 0, 0 };

		getrlimit(n, &limit);
		add(state, "limit %d: %llx %llx\n", n,
		    (unsigned long long)limit.rlim_cur,
		    (unsigned long long)limit.rlim_max);
	}
}

void caller_state_look(struct caller_state *state)
{
	int saved_errno = errno;

	state->length = 0;
	add(state, "errno=%d\n", saved_errno);
	add_proc(state);
	add_descriptors(state);
	add_by_prctl(state);
	add_capabilities(state);
	add_scheduling(state);
	add_keyrings(state);
	add_signals(state);
	add_identity(state);
	errno = saved_errno;
}

/* ---- Before and after -------------------------------------------------- */

static const char *next_line(const char **at, size_t *length)
{
	const char *line = *at;

	*length = strcspn(line, "\n");
	*at = line + *length + (line[*length] == '\n');
	return line;
}

int caller_state_compare(const struct caller_state *before,
			 const struct caller_state *after, const char *name)
{
	const char *was = before->text, *is = after->text;
	size_t was_length, is_length;
	int different = 0;

	while (*was && *is) {
		const char *old = next_line(&was, &was_length);
		const char *new = next_line(&is, &is_length);

		if (was_length == is_length && memcmp(old, new, is_length) == 0)
			continue;
		different++;
		print_error("%s: was '%.*s', is '%.*s'\n", name,
			    (int)was_length, old, (int)is_length, new);
	}
	if (*was || *is) {
		different++;
		print_error("%s: lines came or went\n", name);
	}
	return different;
}
