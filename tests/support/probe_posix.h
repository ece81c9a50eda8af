/* SPDX-License-Identifier: MIT */
/* What the probe asks of other systems: POSIX, and little more. */
#ifndef TESTS_PROBE_POSIX_H
#define TESTS_PROBE_POSIX_H

#include <sys/param.h>
#include <sys/resource.h>

/* getgroups(2): the effective gid comes first. */
#if defined(__APPLE__) ||                                                      \
	(defined(__FreeBSD_version) && __FreeBSD_version < 1500000)
#define GROUPS_BEGIN 1
#else
#define GROUPS_BEGIN 0
#endif

/* Nobody tells by which name it was started. */
static void put_program(void)
{
}

static int current_directory(char *path, size_t size)
{
	return getcwd(path, size) != NULL;
}

/* A name for terminals and /dev/null: no test asks for another. */
static void put_fd(const char *key, int fd)
{
	struct stat null, st;

	if (isatty(fd) && ttyname(fd))
		put_text(key, ttyname(fd));
	else if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
		 stat("/dev/null", &null) == 0 && null.st_rdev == st.st_rdev)
		put_text(key, "/dev/null");
	else
		put_text(key, "?");
}

/* The limit may have been lowered while more were open. */
static int fd_bound(void)
{
	return 4096;
}

static long own_pid(void)
{
	return getpid();
}

static long own_parent(void)
{
	return getppid();
}

/* Of the terminal behind /dev/tty, if it has a name. */
static long terminal_device(int fd)
{
	const char *name = ttyname(fd);
	struct stat st;

	return name && stat(name, &st) == 0 ? (long)st.st_rdev : -1;
}

static void unblock_all(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static uint64_t bits_of(const sigset_t *set)
{
	uint64_t bits = 0;

	for (int i = 1; i < 65 && i < NSIG; i++)
		if (sigismember(set, i) == 1)
			bits |= UINT64_C(1) << (i - 1);
	return bits;
}

static void print_signals(void)
{
	uint64_t ignored = 0, caught = 0;
	sigset_t blocked, pending;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	sigpending(&pending);
	for (int i = 1; i < 65 && i < NSIG; i++) {
		struct sigaction action;

		if (sigaction(i, NULL, &action))
			continue;
		if (action.sa_handler == SIG_IGN)
			ignored |= UINT64_C(1) << (i - 1);
		else if (action.sa_handler != SIG_DFL)
			caught |= UINT64_C(1) << (i - 1);
	}
	put_set("sigmask", bits_of(&blocked));
	put_set("sigpending", bits_of(&pending));
	put_set("sigignore", ignored);
	put_set("sigcatch", caught);
}

/* The saved ones are not to be had everywhere. */
static void print_ids(void)
{
	static gid_t groups[65536];
	int count = getgroups(65536, groups);

	out_format("uid=%u,%u,%u\n", getuid(), geteuid(), geteuid());
	out_format("gid=%u,%u,%u\n", getgid(), getegid(), getegid());
	out_format("groups=");
	for (int i = GROUPS_BEGIN; i < count; i++)
		out_format("%s%u", i > GROUPS_BEGIN ? "," : "", groups[i]);
	out_byte('\n');
}

static void print_rlimits(void)
{
	for (int i = 0; i < 16; i++) {
		struct rlimit limit;

		if (getrlimit(i, &limit))
			continue;
		out_format("rlimit.%d=%llu:%llu\n", i,
			   (unsigned long long)limit.rlim_cur,
			   (unsigned long long)limit.rlim_max);
	}
}

static void print_scheduling(void)
{
	errno = 0;
	put_number("nice", getpriority(PRIO_PROCESS, 0));
}

static void print_nothing(void)
{
}

#define print_caps print_nothing
#define print_containment print_nothing
#define print_oom print_nothing
#define print_cgroup print_nothing
#define print_namespaces print_nothing
#define print_confinement print_nothing
#define print_traits print_nothing
#define print_mounts print_nothing
#define print_maps print_nothing

#endif
