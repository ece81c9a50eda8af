/* SPDX-License-Identifier: MIT */
/* What is so before a start: files, descriptors, the state of this process. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "model.h"

static struct fuzz_identity identity_of(const struct stat *st)
{
	const struct fuzz_identity identity = { st->st_dev, st->st_ino };

	return identity;
}

struct fuzz_identity fuzz_identity_of(const char *path)
{
	struct stat st;

	memset(&st, 0, sizeof st);
	if (stat(path, &st))
		memset(&st, 0, sizeof st);
	return identity_of(&st);
}

/* ---- Making -------------------------------------------------------------- */

/* Opens on this very number, so that the others stay free. */
static int open_at(int number, const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd < 0)
		return -1;
	if (fd != number) {
		if (dup3(fd, number, flags & O_CLOEXEC) < 0)
			return -1;
		close(fd);
	}
	return 0;
}

/* Half of them are close-on-exec, and so are the directories. */
static int make_files(const struct fuzz_world *world)
{
	char name[8];
	int n;

	for (n = 0; n < FUZZ_FILES; n++) {
		snprintf(name, sizeof name, "f%d", n);
		if (open_at(FUZZ_FIRST_FILE + n, name,
			    O_RDWR | O_CREAT | (n % 2 ? 0 : O_CLOEXEC)))
			return -1;
	}
	for (n = 0; n < 2; n++) {
		snprintf(name, sizeof name, "d%d", n);
		if (mkdir(name, 0700) ||
		    open_at(FUZZ_FIRST_DIRECTORY + n, name,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC))
			return -1;
	}
	return open_at(FUZZ_PROBE, world->probe, O_RDONLY | O_CLOEXEC) ||
			       open_at(FUZZ_OUT, "out",
				       O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC)
		       ? -1
		       : 0;
}

/* Not in an emulator, or in valgrind. */
static int can_go_on(const char *program)
{
	struct libspawn_options options = { .size = sizeof options,
					    .backend = LIBSPAWN_BACKEND_CLONE };
	static char name[] = "probe";
	char *const argv[] = { name, NULL };
	struct libspawn_pending *pending;

	if (libspawn_begin(&pending, program, argv, &options, NULL))
		return 0;
	libspawn_cancel(pending);
	return 1;
}

static void find_abilities(struct fuzz_world *world)
{
	static gid_t groups[NGROUPS_MAX];
	int count = getgroups(NGROUPS_MAX, groups);
	int pidfd = (int)syscall(434 /* pidfd_open */, getpid(), 0);
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);

	world->can_set_groups =
		count >= 0 && setgroups((size_t)count, groups) == 0;
	world->has_seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0;
	world->has_pidfd = pidfd >= 0;
	world->has_terminals = terminal >= 0;
	world->has_posix_spawn =
		libspawn_query(LIBSPAWN_BACKEND_POSIX_SPAWN, NULL, NULL) > 0;
	world->can_go_on = can_go_on(world->probe);
	if (pidfd >= 0)
		close(pidfd);
	if (terminal >= 0)
		close(terminal);
}

/* The environment that is inherited: few words, some of them twice. */
static int make_environment(struct fuzz_world *world)
{
	const char *slash = strrchr(world->probe, '/');

	snprintf(world->good_path, sizeof world->good_path, "PATH=/nope::%.*s",
		 (int)(slash - world->probe), world->probe);
	clearenv();
	return setenv("A", "0", 1) || setenv("LONGER", "value here", 1) ||
	       putenv(world->good_path);
}

int fuzz_world_make(struct fuzz_world *world, const char *probe)
{
	memset(world, 0, sizeof *world);
	strcpy(world->directory, "/tmp/libspawn_fuzz.XXXXXX");
	if (!realpath(probe, world->probe) || !mkdtemp(world->directory) ||
	    chdir(world->directory) || make_files(world) ||
	    make_environment(world))
		return -1;
	world->here = fuzz_identity_of(".");
	world->directories[0] = fuzz_identity_of("d0");
	world->directories[1] = fuzz_identity_of("d1");
	world->null_device = fuzz_identity_of("/dev/null");
	signal(SIGUSR2, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	find_abilities(world);
	return 0;
}

void fuzz_world_remove(const struct fuzz_world *world)
{
	static const char *const names[] = { "f0", "f1", "f2", "f3",
					     "f4", "f5", "out" };
	size_t n;

	for (n = 0; n < sizeof names / sizeof names[0]; n++)
		unlink(names[n]);
	rmdir("d0");
	rmdir("d1");
	if (chdir("/") == 0)
		rmdir(world->directory);
}

/* ---- Looking ------------------------------------------------------------- */

static void look_at_fds(struct fuzz_world *world)
{
	struct stat st;
	int fd;

	for (fd = 0; fd < FUZZ_FDS; fd++) {
		struct fuzz_fd *seen = &world->fds[fd];
		int flags = fcntl(fd, F_GETFD);

		memset(seen, 0, sizeof *seen);
		seen->is_open = flags >= 0;
		seen->is_cloexec = flags > 0;
		if (flags >= 0 && fstat(fd, &st) == 0)
			seen->identity = identity_of(&st);
	}
}

static uint64_t ignored_signals(void)
{
	struct sigaction action;
	uint64_t ignored = 0;
	int n;

	for (n = 1; n <= 64; n++)
		if (sigaction(n, NULL, &action) == 0 &&
		    action.sa_handler == SIG_IGN)
			ignored |= UINT64_C(1) << (n - 1);
	return ignored;
}

static uint64_t usable_cpus(void)
{
	unsigned long bits[1024 / (8 * sizeof(unsigned long))] = { 0 };
	uint64_t cpus = 0;

	sched_getaffinity(0, sizeof bits, (cpu_set_t *)(void *)bits);
	memcpy(&cpus, bits, sizeof cpus);
	return cpus;
}

static int read_oom_score_adj(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "re");
	int score = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%d", &score) != 1)
		score = 0;
	fclose(file);
	return score;
}

void fuzz_world_look(struct fuzz_world *world)
{
	int n;

	look_at_fds(world);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &world->mask, 8);
	world->ignored = ignored_signals();
	world->umask = umask(0);
	umask(world->umask);
	world->cpus = usable_cpus();
	world->nice = getpriority(PRIO_PROCESS, 0);
	world->policy = (int)syscall(SYS_sched_getscheduler, 0);
	world->io_priority = (int)syscall(SYS_ioprio_get, 1, 0);
	world->slack = (uint64_t)prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
	world->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	world->oom_score_adj = read_oom_score_adj();
	for (n = 0; n < FUZZ_RLIMITS; n++)
		syscall(SYS_prlimit64, 0, n, NULL, world->rlimits[n]);
}
