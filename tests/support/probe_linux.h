/* SPDX-License-Identifier: MIT */
/* What the probe asks of Linux, by raw calls and /proc. Part of probe.c. */
#ifndef TESTS_PROBE_LINUX_H
#define TESTS_PROBE_LINUX_H

#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#define SIGNALS 64
#define CPU_WORDS 128

static void put_link(const char *key, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof target - 1);

	if (n < 0) {
		put_number(key, -1);
		return;
	}
	target[n] = '\0';
	put_text(key, target);
}

/* Read a small file of /proc; returns its length or -1. */
static ssize_t read_small(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	do {
		n = read(fd, text + used, size - 1 - used);
		used += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	close(fd);
	text[used] = '\0';
	return n < 0 ? n : (ssize_t)used;
}

static void put_program(void)
{
	put_text("execfn", (const char *)getauxval(AT_EXECFN));
	put_link("exe", "/proc/self/exe");
}

static int current_directory(char *path, size_t size)
{
	return syscall(SYS_getcwd, path, size) >= 0;
}

static void put_fd(const char *key, int fd)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	put_link(key, path);
}

static int fd_bound(void)
{
	return FD_CEILING;
}

static long own_pid(void)
{
	return syscall(SYS_getpid);
}

static long own_parent(void)
{
	return syscall(SYS_getppid);
}

static long terminal_device(int fd)
{
	unsigned device = 0;

	return ioctl(fd, TIOCGDEV, &device) ? -1 : (long)device;
}

static void unblock_all(void)
{
	uint64_t none = 0;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

/* struct sigaction as the kernel has it; only the handler is looked at. */
struct kernel_sigaction {
	void *handler;
	unsigned long rest[15];
};

/* Raw, since a C library hides the signals that it keeps for itself. */
static void print_signals(void)
{
	uint64_t blocked = 0, pending = 0, ignored = 0, caught = 0;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, sizeof blocked);
	syscall(SYS_rt_sigpending, &pending, sizeof pending);
	for (int i = 1; i <= SIGNALS; i++) {
		struct kernel_sigaction action = { 0 };

		syscall(SYS_rt_sigaction, i, NULL, &action, sizeof blocked);
		if (action.handler == (void *)1)
			ignored |= UINT64_C(1) << (i - 1);
		else if (action.handler)
			caught |= UINT64_C(1) << (i - 1);
	}
	put_set("sigmask", blocked);
	put_set("sigpending", pending);
	put_set("sigignore", ignored);
	put_set("sigcatch", caught);
}

static void print_ids(void)
{
	static gid_t groups[65536];
	uid_t uid[3] = { 0, 0, 0 };
	gid_t gid[3] = { 0, 0, 0 };
	int count = getgroups(65536, groups);

	getresuid(&uid[0], &uid[1], &uid[2]);
	getresgid(&gid[0], &gid[1], &gid[2]);
	out_format("uid=%u,%u,%u\n", uid[0], uid[1], uid[2]);
	out_format("gid=%u,%u,%u\n", gid[0], gid[1], gid[2]);
	out_format("groups=");
	for (int i = 0; i < count; i++)
		out_format("%s%u", i ? "," : "", groups[i]);
	out_byte('\n');
}

static uint64_t caps_by_prctl(int option, unsigned long action)
{
	uint64_t set = 0;

	for (unsigned long cap = 0; cap < 64; cap++) {
		int has = option == PR_CAPBSET_READ
				  ? prctl(option, cap, 0, 0, 0)
				  : prctl(option, action, cap, 0, 0);

		if (has == 1)
			set |= UINT64_C(1) << cap;
	}
	return set;
}

static void print_caps(void)
{
	uint32_t header[2] = { 0x20080522, 0 };
	uint32_t data[6] = { 0 };

	syscall(SYS_capget, header, data);
	put_set("cap.effective", data[0] | (uint64_t)data[3] << 32);
	put_set("cap.permitted", data[1] | (uint64_t)data[4] << 32);
	put_set("cap.inheritable", data[2] | (uint64_t)data[5] << 32);
	put_set("cap.bounding", caps_by_prctl(PR_CAPBSET_READ, 0));
	put_set("cap.ambient",
		caps_by_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET));
	put_number("securebits", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
}

/* One line of /proc/self/status, without its key. */
static void put_status(const char *key, const char *name)
{
	static char text[8192];
	const char *line = NULL;

	if (read_small("/proc/self/status", text, sizeof text) >= 0)
		line = strstr(text, name);
	if (!line) {
		errno = ENOENT;
		put_number(key, -1);
		return;
	}
	line += strlen(name);
	line += strspn(line, ":\t ");
	out_format("%s=%.*s\n", key, (int)strcspn(line, "\n"), line);
}

/* The first line of a file, or the error. */
static void put_line(const char *key, const char *path)
{
	char text[512];

	if (read_small(path, text, sizeof text) < 0) {
		put_number(key, -1);
		return;
	}
	text[strcspn(text, "\n")] = '\0';
	put_text(key, text);
}

/* SIOCGIFFLAGS: the flags of "lo" there is in this network namespace. */
static void print_loopback(void)
{
	struct {
		char name[16];
		short flags;
		char rest[22];
	} request = { "lo", 0, "" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, 0x8913, &request))
		put_number("loopback.up", -1);
	else
		put_number("loopback.up", request.flags & 1);
	if (fd >= 0)
		close(fd);
}

static void print_clocks(void)
{
	struct timespec monotonic, boottime;

	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_gettime(CLOCK_BOOTTIME, &boottime);
	put_number("monotonic", monotonic.tv_sec);
	put_number("boottime", boottime.tv_sec);
	put_link("ns.time", "/proc/self/ns/time");
}

/* KEYCTL_GET_KEYRING_ID of KEY_SPEC_SESSION_KEYRING; KEYCTL_DESCRIBE. */
static void print_keyring(void)
{
	char text[256] = "";

	put_number("keyring", syscall(SYS_keyctl, 0, -3, 0));
	if (syscall(SYS_keyctl, 6, -3, text, sizeof text - 1) > 0)
		put_text("keyring.description", text);
}

static void print_memory_policy(void)
{
	unsigned long nodes[16] = { 0 };
	int mode = -1;

	if (syscall(SYS_get_mempolicy, &mode, nodes, 1024, 0, 0)) {
		put_number("memory_policy", -1);
		return;
	}
	out_format("memory_policy=%d\n", mode);
	out_format("memory_nodes=%lx\n", nodes[0]);
}

/* struct sched_attr of the kernel. */
static void print_sched_attr(void)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
		uint32_t util_min, util_max;
	} attr = { 0 };

	if (syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0)) {
		put_number("attr.policy", -1);
		return;
	}
	out_format("attr.policy=%u\nattr.flags=%llx\nattr.runtime=%llu\n"
		   "attr.util=%u,%u\n",
		   attr.policy, (unsigned long long)attr.flags,
		   (unsigned long long)attr.runtime, attr.util_min,
		   attr.util_max);
}

/* PR_GET_... by number: libc's headers may be older than the kernel. */
static void print_traits(void)
{
	int tsc = 0;

	put_number("spec.0", prctl(52, 0, 0, 0, 0));
	put_number("spec.1", prctl(52, 1, 0, 0, 0));
	put_number("spec.2", prctl(52, 2, 0, 0, 0));
	put_number("tsc", prctl(25, &tsc, 0, 0, 0) ? -1 : tsc);
	put_number("personality", syscall(SYS_personality, 0xffffffff));
	put_number("mdwe", prctl(66, 0, 0, 0, 0));
	put_number("no_huge_pages", prctl(42, 0, 0, 0, 0));
	put_number("merge", prctl(68, 0, 0, 0, 0));
	put_line("coredump_filter", "/proc/self/coredump_filter");
}

static void print_confinement(void)
{
	char domain[128] = "";

	getdomainname(domain, sizeof domain - 1);
	put_text("domainname", domain);
	put_status("seccomp.filters", "Seccomp_filters");
	put_line("label", "/proc/self/attr/current");
	print_loopback();
	print_clocks();
	print_keyring();
	print_memory_policy();
	print_sched_attr();
}

static void print_containment(void)
{
	int death_signal = 0;

	prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
	put_number("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	put_number("seccomp", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
	put_number("death_signal", death_signal);
	put_number("dumpable", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

static void print_rlimits(void)
{
	for (int i = 0; i < 16; i++) {
		uint64_t limit[2];

		if (syscall(SYS_prlimit64, 0, i, NULL, limit))
			continue;
		out_format("rlimit.%d=%llu:%llu\n", i,
			   (unsigned long long)limit[0],
			   (unsigned long long)limit[1]);
	}
}

static void print_cpus(void)
{
	unsigned long mask[CPU_WORDS] = { 0 };
	size_t bits = 8 * sizeof *mask, printed = 0;

	if (syscall(SYS_sched_getaffinity, 0, sizeof mask, mask) < 0) {
		put_number("cpus", -1);
		return;
	}
	out_format("cpus=");
	for (size_t cpu = 0; cpu < CPU_WORDS * bits; cpu++)
		if (mask[cpu / bits] >> (cpu % bits) & 1)
			out_format("%s%zu", printed++ ? "," : "", cpu);
	out_byte('\n');
}

static void print_scheduling(void)
{
	int priority = 0;

	errno = 0;
	/* The raw call gives 20 - nice, which is never negative. */
	put_number("nice", 20 - syscall(SYS_getpriority, 0, 0));
	put_number("sched.policy", syscall(SYS_sched_getscheduler, 0));
	if (syscall(SYS_sched_getparam, 0, &priority) == 0)
		put_number("sched.priority", priority);
	put_number("io_priority", syscall(SYS_ioprio_get, 1, 0));
	put_number("timer_slack", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	print_cpus();
}

static void print_oom(void)
{
	put_line("oom_score_adj", "/proc/self/oom_score_adj");
}

/* The line of version 2 begins with "0::". */
static void print_cgroup(void)
{
	static char text[16384];
	char *line;

	if (read_small("/proc/self/cgroup", text, sizeof text) < 0) {
		put_number("cgroup", -1);
		return;
	}
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, "0::", 3) == 0)
			put_text("cgroup", line + 3);
}

/* "mount./proc=rw,nosuid proc", and whom mounts below it come to. */
static void put_mount(char *line)
{
	char point[PATH_MAX], options[256], type[64];
	char *rest = strstr(line, " - ");

	if (!rest || sscanf(rest, " - %63s", type) != 1 ||
	    sscanf(line, "%*s %*s %*s %*s %4095s %255s", point, options) != 2)
		return;
	out_format("mount.%s=%s %s\n", point, options, type);
	*rest = '\0';
	out_format("peers.%s=%s%s\n", point,
		   strstr(line, " shared:") ? "shared" : "",
		   strstr(line, " master:") ? "master" : "");
}

/* The one on top of a place comes first. */
static void print_mounts(void)
{
	static char text[65536];
	static char *lines[1024];
	int count = 0;

	if (read_small("/proc/self/mountinfo", text, sizeof text) < 0) {
		put_number("mounts", -1);
		return;
	}
	for (char *line = strtok(text, "\n"); line && count < 1024;
	     line = strtok(NULL, "\n"))
		lines[count++] = line;
	while (count-- > 0)
		put_mount(lines[count]);
}

/* Words with one space between, lines with a comma. */
static void put_words(const char *key, const char *path)
{
	static char text[4096];
	char *word, *line, *rest_of_text = NULL, *rest_of_line = NULL;

	if (read_small(path, text, sizeof text) < 0) {
		put_number(key, -1);
		return;
	}
	out_format("%s=", key);
	for (line = strtok_r(text, "\n", &rest_of_text); line;
	     line = strtok_r(NULL, "\n", &rest_of_text)) {
		out_format("%s", line == text ? "" : ",");
		for (word = strtok_r(line, " ", &rest_of_line); word;
		     word = strtok_r(NULL, " ", &rest_of_line))
			out_format("%s%s", word, *rest_of_line ? " " : "");
	}
	out_byte('\n');
}

static void print_maps(void)
{
	put_words("uid_map", "/proc/self/uid_map");
	put_words("gid_map", "/proc/self/gid_map");
	put_words("setgroups", "/proc/self/setgroups");
	put_link("first", "/proc/1/exe");
}

static void print_namespaces(void)
{
	static const char *const names[] = { "user", "uts", "mnt",   "pid",
					     "net",  "ipc", "cgroup" };
	char path[64], key[32], host[256] = "";

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
		snprintf(key, sizeof key, "ns.%s", names[i]);
		put_link(key, path);
	}
	gethostname(host, sizeof host - 1);
	put_text("hostname", host);
}

#endif
