/* SPDX-License-Identifier: MIT */
/*
 * The program that the tests start. It prints all that it can observe about
 * itself as key=value lines and must never change what it observes, so it is
 * linked statically, starts no shell and asks the kernel by raw system calls
 * where a C library keeps answers of its own.
 *
 *	probe [@FD] COMMAND...
 *
 *	@FD               print to this descriptor from here on (default 1)
 *	print [GROUP...]  print these groups, or all; ends at "then" or "--"
 *	open PATH FLAGS   try to open; prints open.PATH=ok or error:ERRNO
 *	write FD TEXT     write the text; prints nothing
 *	close FD
 *	read FD           read to the end of file; prints read.FD=what came
 *	pause             wait for a signal
 *	exit N, kill SIG  end this way
 *	--                ignore the remaining arguments
 *
 * A value that can't be had is printed as error:ERRNO. Bytes that are not
 * printable, and backslashes, are printed as \xNN.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SIGNALS 64
#define FD_CEILING 65536
#define CPU_WORDS 128

extern char **environ;

static int out_fd = 1;
static char out_buffer[32768];
static size_t out_used;
static int arg_count;
static char **arg_values;

static void out_flush(void)
{
	size_t done = 0;

	while (done < out_used) {
		ssize_t n = write(out_fd, out_buffer + done, out_used - done);

		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			done += (size_t)n;
	}
	out_used = 0;
}

static void out_byte(char byte)
{
	if (out_used == sizeof out_buffer)
		out_flush();
	out_buffer[out_used++] = byte;
}

static void out_format(const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	for (const char *at = text; *at; at++)
		out_byte(*at);
}

/* Print a value of any bytes on one line. */
static void out_escaped(const char *value)
{
	for (; *value; value++) {
		unsigned char byte = (unsigned char)*value;

		if (byte >= ' ' && byte < 127 && byte != '\\')
			out_byte(*value);
		else
			out_format("\\x%02x", byte);
	}
	out_byte('\n');
}

static void put_text(const char *key, const char *value)
{
	out_format("%s=", key);
	out_escaped(value);
}

/* Print a result: a failed call's -1 becomes its errno. */
static void put_number(const char *key, long value)
{
	if (value == -1)
		out_format("%s=error:%d\n", key, errno);
	else
		out_format("%s=%ld\n", key, value);
}

static void put_set(const char *key, uint64_t set)
{
	out_format("%s=%016llx\n", key, (unsigned long long)set);
}

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

static void put_identity(const char *key, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		put_number(key, -1);
	else
		out_format("%s=%llu:%llu\n", key, (unsigned long long)st.st_dev,
			   (unsigned long long)st.st_ino);
}

/* Read a small file of /proc; returns its length or -1. */
static ssize_t read_small(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, size - 1);
	close(fd);
	if (n >= 0)
		text[n] = '\0';
	return n;
}

static void print_args(void)
{
	char key[32];

	out_format("argc=%d\n", arg_count);
	for (int i = 0; i < arg_count; i++) {
		snprintf(key, sizeof key, "argv.%d", i);
		put_text(key, arg_values[i]);
	}
	put_text("execfn", (const char *)getauxval(AT_EXECFN));
	put_link("exe", "/proc/self/exe");
}

static void print_env(void)
{
	char key[32];
	int count = 0;

	for (; environ[count]; count++) {
		snprintf(key, sizeof key, "env.%d", count);
		put_text(key, environ[count]);
	}
	out_format("envc=%d\n", count);
}

static void print_dirs(void)
{
	char path[PATH_MAX];

	if (syscall(SYS_getcwd, path, sizeof path) < 0)
		put_number("cwd", -1);
	else
		put_text("cwd", path);
	put_identity("cwd.id", ".");
	put_identity("root.id", "/");
}

static void print_umask(void)
{
	mode_t mask = umask(0);

	umask(mask);
	out_format("umask=%03o\n", (unsigned)mask);
}

static void print_fd(int fd)
{
	char path[64], key[32];
	struct stat st;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	snprintf(key, sizeof key, "fd.%d", fd);
	put_link(key, path);
	out_format("fd.%d.flags=%x\n", fd, (unsigned)fcntl(fd, F_GETFL));
	out_format("fd.%d.tty=%d\n", fd, isatty(fd));
	if (fstat(fd, &st) == 0)
		out_format("fd.%d.id=%llu:%llu\n", fd,
			   (unsigned long long)st.st_dev,
			   (unsigned long long)st.st_ino);
}

static int fd_is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Find the open descriptors without /proc, which a chroot may lack. */
static int scan_fds(int *list, int room)
{
	int count = 0;

	for (int fd = 0; fd < FD_CEILING && count < room; fd++)
		if (fd_is_open(fd))
			list[count++] = fd;
	return count;
}

static int list_fds(int *list, int room)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int count = 0;

	if (!dir)
		return scan_fds(list, room);
	while ((entry = readdir(dir)) && count < room) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd != dirfd(dir))
			list[count++] = fd;
	}
	closedir(dir);
	return count;
}

static int compare_ints(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

static void print_fds(void)
{
	static int list[FD_CEILING];
	int count = list_fds(list, FD_CEILING);

	qsort(list, (size_t)count, sizeof *list, compare_ints);
	out_format("fds=");
	for (int i = 0; i < count; i++)
		out_format("%s%d", i ? "," : "", list[i]);
	out_format("\nfd_count=%d\n", count);
	for (int i = 0; i < count && i < 256; i++)
		print_fd(list[i]);
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

static void print_process(void)
{
	put_number("pid", syscall(SYS_getpid));
	put_number("ppid", syscall(SYS_getppid));
	put_number("pgid", getpgid(0));
	put_number("sid", getsid(0));
}

static void print_tty(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	unsigned device = 0;

	if (fd < 0) {
		put_number("tty", -1);
		return;
	}
	if (ioctl(fd, TIOCGDEV, &device))
		put_number("tty", -1);
	else
		out_format("tty=%u\n", device);
	put_number("tty.pgid", tcgetpgrp(fd));
	close(fd);
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
	char text[32];

	if (read_small("/proc/self/oom_score_adj", text, sizeof text) < 0) {
		put_number("oom_score_adj", -1);
		return;
	}
	text[strcspn(text, "\n")] = '\0';
	put_text("oom_score_adj", text);
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

static const struct group {
	const char *name;
	void (*print)(void);
} groups[] = {
	{ "args", print_args },
	{ "env", print_env },
	{ "dirs", print_dirs },
	{ "umask", print_umask },
	{ "fds", print_fds },
	{ "signals", print_signals },
	{ "process", print_process },
	{ "tty", print_tty },
	{ "ids", print_ids },
	{ "caps", print_caps },
	{ "containment", print_containment },
	{ "rlimits", print_rlimits },
	{ "scheduling", print_scheduling },
	{ "oom", print_oom },
	{ "cgroup", print_cgroup },
	{ "namespaces", print_namespaces },
};

static int ends_print(const char *word)
{
	return !word || strcmp(word, "then") == 0 || strcmp(word, "--") == 0;
}

static int group_is_chosen(char **words, const char *name)
{
	if (ends_print(*words))
		return 1;
	for (; !ends_print(*words); words++)
		if (strcmp(*words, name) == 0)
			return 1;
	return 0;
}

static char **command_print(char **words)
{
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (group_is_chosen(words, groups[i].name))
			groups[i].print();
	out_flush();
	while (!ends_print(*words))
		words++;
	return *words && strcmp(*words, "then") == 0 ? words + 1 : words;
}

static char **command_open(char **words)
{
	int flags = (int)strtol(words[1], NULL, 0);
	int fd = open(words[0], flags | O_CLOEXEC, 0600);

	out_format("open.%s=", words[0]);
	if (fd < 0)
		out_format("error:%d\n", errno);
	else
		out_format("ok\n");
	out_flush();
	if (fd >= 0)
		close(fd);
	return words + 2;
}

static void command_read(int fd)
{
	static char bytes[65537];
	size_t used = 0;
	ssize_t n;

	do {
		n = read(fd, bytes + used, sizeof bytes - 1 - used);
		if (n > 0)
			used += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	bytes[used] = '\0';
	out_format("read.%d=", fd);
	out_escaped(bytes);
	out_flush();
}

static void command_kill(int number)
{
	uint64_t none = 0;

	/* A blocked signal would not end us. */
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
	kill(getpid(), number);
	pause();
}

static int count_words(char **words)
{
	int count = 0;

	while (words[count])
		count++;
	return count;
}

/* Do one command with at least one operand; returns what follows it. */
static char **run_command(const char *name, char **words)
{
	int number = atoi(words[0]);

	if (strcmp(name, "exit") == 0)
		_exit(number);
	if (strcmp(name, "kill") == 0)
		command_kill(number);
	else if (strcmp(name, "read") == 0)
		command_read(number);
	else if (strcmp(name, "close") == 0)
		close(number);
	else if (strcmp(name, "open") == 0 && words[1])
		return command_open(words);
	else if (strcmp(name, "write") == 0 && words[1])
		return write(number, words[1], strlen(words[1])) < 0
			       ? words + count_words(words)
			       : words + 2;
	else
		_exit(120);
	return words + 1;
}

int main(int argc, char **argv)
{
	char **words = argv + (argc > 0);

	arg_count = argc;
	arg_values = argv;
	while (*words && strcmp(*words, "--") != 0) {
		const char *name = *words++;

		if (name[0] == '@')
			out_fd = atoi(name + 1);
		else if (strcmp(name, "print") == 0)
			words = command_print(words);
		else if (strcmp(name, "pause") == 0)
			pause();
		else if (*words)
			words = run_command(name, words);
		else
			return 120;
	}
	return 0;
}
