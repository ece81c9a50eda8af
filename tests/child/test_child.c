/* SPDX-License-Identifier: MIT */
/*
 * The child's interpreter, one operation at a time: what each does, as the
 * program at the end of the plan sees it, and how it fails. No backend and no
 * planner takes part.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run_plan.h"
#include "setting.h"

/* An operation that needs no more than its operands, and what comes of it. */
static const struct row {
	struct op op;
	const char *group;
	const char *key;
	const char *value;
	int root;
} rows[] = {
	{ { .kind = OP_SCHEDULER, .number = SCHED_BATCH },
	  "scheduling",
	  "sched.policy",
	  "3",
	  0 },
	{ { .kind = OP_NICE, .number = 7 }, "scheduling", "nice", "7", 0 },
	{ { .kind = OP_IO_PRIORITY, .number = 2 << 13 | 5 },
	  "scheduling",
	  "io_priority",
	  "16389",
	  0 },
	{ { .kind = OP_TIMER_SLACK, .value = 70000 },
	  "scheduling",
	  "timer_slack",
	  "70000",
	  0 },
	{ { .kind = OP_UMASK, .number = 0137 }, "umask", "umask", "137", 0 },
	{ { .kind = OP_OOM_SCORE_ADJ, .data = "777", .value = 3 },
	  "oom",
	  "oom_score_adj",
	  "777",
	  0 },
	{ { .kind = OP_CHDIR, .data = "/proc" }, "dirs", "cwd", "/proc", 0 },
	{ { .kind = OP_NO_NEW_PRIVS }, "containment", "no_new_privs", "1", 0 },
	{ { .kind = OP_MASK, .value = BIT(SIGUSR1) | BIT(64) },
	  "signals",
	  "sigmask",
	  "8000000000000200",
	  0 },
	{ { .kind = OP_SIGNALS_IGNORE, .value = BIT(SIGUSR1) | BIT(64) },
	  "signals",
	  "sigignore",
	  "8000000000000200",
	  0 },
	{ { .kind = OP_GID, .number = 4711 },
	  "ids",
	  "gid",
	  "4711,4711,4711",
	  1 },
	{ { .kind = OP_UID, .number = 4711 },
	  "ids",
	  "uid",
	  "4711,4711,4711",
	  1 },
	{ { .kind = OP_SECUREBITS, .value = 4 }, "caps", "securebits", "4", 1 },
};

static void an_operation_does_what_it_is_named_for(void **state)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].root && geteuid() != 0) {
			print_message("skipped: %s needs root\n", rows[i].key);
			continue;
		}
		run_plan_set_up(state);
		run_probe(rows[i].group, &rows[i].op, 1);
		assert_seen(rows[i].key, rows[i].value);
	}
}

static void ignore_usr2(void)
{
	signal(SIGUSR2, SIG_IGN);
}

static void an_ignored_signal_can_be_set_to_default(void **state)
{
	(void)state;
	before_run = ignore_usr2;
	RUN("signals", { .kind = OP_HANDLERS });
	assert_seen("sigignore", "0000000000000800");
	RUN("signals", { .kind = OP_SIGNALS_DEFAULT, .value = BIT(SIGUSR2) });
	assert_seen("sigignore", "0000000000000000");
}

static void exit_with_99(int signal)
{
	(void)signal;
	_exit(99);
}

static void block_and_raise_usr1(void)
{
	sigset_t set;

	signal(SIGUSR1, exit_with_99);
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	raise(SIGUSR1);
}

/* Hazard 1: the mask is lifted before exec, and only then may a signal come. */
static void a_pending_signal_never_meets_a_handler(void **state)
{
	(void)state;
	before_run = block_and_raise_usr1;
	RUN("signals", { .kind = OP_HANDLERS }, { .kind = OP_MASK });
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGUSR1);
	assert_int_equal(launch->report.code, 0);
	assert_int_equal(launch->report.state, CHILD_STARTED);
}

static void a_mask_can_be_the_callers(void **state)
{
	(void)state;
	launch->mask = BIT(SIGHUP);
	RUN("signals", { .kind = OP_MASK, .number = 1, .value = BIT(SIGINT) });
	assert_seen("sigmask", "0000000000000001");
}

static void a_session_is_the_childs_own(void **state)
{
	char pid[32];

	(void)state;
	RUN("process", { .kind = OP_SESSION });
	snprintf(pid, sizeof pid, "%d", (int)child_pid);
	assert_seen("sid", pid);
	assert_seen("pgid", pid);
}

static void a_process_group_is_the_childs_own(void **state)
{
	char pid[32];

	(void)state;
	RUN("process", { .kind = OP_PROCESS_GROUP });
	snprintf(pid, sizeof pid, "%d", (int)child_pid);
	assert_seen("pgid", pid);
}

static void joining_no_group_is_refused(void **state)
{
	(void)state;
	RUN("process", { .kind = OP_UMASK },
	    { .kind = OP_PROCESS_GROUP, .number = 1 });
	assert_failed(1, EPERM, CHILD_STARTED);
}

static void a_terminal_is_taken_and_brought_to_the_front(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char group[32];
	int terminal;

	(void)state;
	if (master < 0) {
		print_message("skipped: no pseudo-terminals\n");
		skip();
	}
	assert_int_equal(unlockpt(master), 0);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal >= 0);
	RUN("tty", { .kind = OP_SESSION },
	    { .kind = OP_TERMINAL, .fd = terminal, .value = TIOCSCTTY },
	    { .kind = OP_FOREGROUND, .fd = terminal, .value = TIOCSPGRP });
	close(terminal);
	close(master);
	snprintf(group, sizeof group, "%d", (int)child_pid);
	assert_seen("tty.pgid", group);
}

static void affinity_is_a_set_of_processors(void **state)
{
	cpu_set_t set;
	uint64_t bits[16] = { 0 };
	char number[16];
	int cpu = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	bits[cpu / 64] = UINT64_C(1) << cpu % 64;
	RUN("scheduling",
	    { .kind = OP_AFFINITY, .data = bits, .value = sizeof bits });
	snprintf(number, sizeof number, "%d", cpu);
	assert_seen("cpus", number);
}

static void a_limit_can_keep_its_other_half(void **state)
{
	const struct op_rlimit both = { .limit = { 50, 60 } };
	const struct op_rlimit soft = { .limit = { 40, 7 }, .keep = { 0, 1 } };
	const struct op_rlimit hard = { .limit = { 7, 55 }, .keep = { 1, 0 } };

	(void)state;
	RUN("rlimits",
	    { .kind = OP_RLIMIT, .number = RLIMIT_NOFILE, .data = &both },
	    { .kind = OP_RLIMIT, .number = RLIMIT_NOFILE, .data = &soft });
	assert_seen("rlimit.7", "40:60");
	RUN("rlimits",
	    { .kind = OP_RLIMIT, .number = RLIMIT_NOFILE, .data = &both },
	    { .kind = OP_RLIMIT, .number = RLIMIT_NOFILE, .data = &hard });
	assert_seen("rlimit.7", "50:55");
	RUN("rlimits", { .kind = OP_RLIMIT, .number = 999, .data = &both });
	assert_failed(0, EINVAL, CHILD_STARTED);
}

static void namespaces_are_left_and_entered(void **state)
{
	char own[64] = "";
	int fd;

	(void)state;
	need_root();
	fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	assert_true(readlink("/proc/self/ns/uts", own, sizeof own - 1) > 0);
	RUN("namespaces", { .kind = OP_UNSHARE, .value = CLONE_NEWUTS });
	assert_string_not_equal(seen("ns.uts"), own);
	RUN("namespaces", { .kind = OP_UNSHARE, .value = CLONE_NEWUTS },
	    { .kind = OP_NAMESPACE, .fd = fd });
	assert_seen("ns.uts", own);
	close(fd);
}

static void groups_are_replaced(void **state)
{
	static const uint32_t ids[] = { 12, 34, 65000 };

	(void)state;
	need_root();
	RUN("ids", { .kind = OP_GROUPS, .data = ids, .value = 3 });
	assert_seen("groups", "12,34,65000");
	RUN("ids", { .kind = OP_GROUPS, .data = ids, .value = 0 });
	assert_seen("groups", "");
}

static void a_root_directory_is_entered(void **state)
{
	struct stat proc;
	char id[64];
	int fd = open(probe_path, O_PATH);

	(void)state;
	need_root();
	assert_int_equal(stat("/proc", &proc), 0);
	snprintf(id, sizeof id, "%lu:%lu", (unsigned long)proc.st_dev,
		 (unsigned long)proc.st_ino);
	RUN("dirs", { .kind = OP_CHROOT, .data = "/proc" },
	    { .kind = OP_CHDIR, .data = "/" },
	    { .kind = OP_EXEC_FD, .fd = fd });
	close(fd);
	if (launch->report.code == ENOENT && has_tomoyo()) {
		print_message("skipped: TOMOYO wants /dev/fd in a new root\n");
		skip();
	}
	assert_seen("root.id", id);
}

static void a_capability_survives_a_change_of_user(void **state)
{
	const uint64_t set = UINT64_C(1) << 10;

	(void)state;
	need_root();
	RUN("caps", { .kind = OP_BOUNDING_DROP, .number = 5 },
	    { .kind = OP_BOUNDING_DROP, .number = 63 },
	    { .kind = OP_KEEP_CAPS }, { .kind = OP_UID, .number = 4711 },
	    { .kind = OP_CAPS_RAISE },
	    { .kind = OP_CAPS_INHERIT, .value = set },
	    { .kind = OP_AMBIENT_CLEAR },
	    { .kind = OP_AMBIENT_RAISE, .number = 10 },
	    { .kind = OP_CAPS_LIMIT, .value = set });
	assert_seen("cap.ambient", "0000000000000400");
	assert_seen("cap.effective", "0000000000000400");
	assert_int_equal(strtoull(seen("cap.bounding"), NULL, 16) & 1 << 5, 0);
}

static void a_signal_follows_the_parents_death(void **state)
{
	const uint64_t parent = (uint64_t)getpid();

	(void)state;
	RUN("containment",
	    { .kind = OP_PARENT_DEATH, .number = SIGTERM, .value = parent });
	assert_seen("death_signal", "15");
	RUN("containment", { .kind = OP_PARENT_DEATH,
			     .number = SIGTERM,
			     .value = parent + 1 });
	assert_failed(0, ESRCH, CHILD_STARTED);
}

static void a_directory_is_entered_by_descriptor(void **state)
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	RUN("dirs", { .kind = OP_FCHDIR, .fd = fd });
	close(fd);
	assert_seen("cwd", "/proc");
}

static void a_directory_outside_of_the_root_is_told(void **state)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int program = open(probe_path, O_PATH);

	(void)state;
	need_root();
	RUN("dirs", { .kind = OP_CHDIR, .data = "/proc" },
	    { .kind = OP_CWD_INSIDE });
	assert_seen("cwd", "/proc");
	RUN("dirs", { .kind = OP_CHROOT, .data = "/proc" },
	    { .kind = OP_FCHDIR, .fd = fd }, { .kind = OP_CWD_INSIDE },
	    { .kind = OP_EXEC_FD, .fd = program });
	close(fd);
	close(program);
	assert_failed(2, EXDEV, CHILD_STARTED);
}

static void a_filter_is_in_force(void **state)
{
	static const struct libspawn_bpf_like {
		uint16_t code;
		uint8_t jumps[2];
		uint32_t operand;
	} allow = { 0x06, { 0, 0 }, 0x7fff0000 };
	const struct op_filter filter = { 1, &allow };
	const struct op_filter empty = { 0, &allow };

	(void)state;
	RUN("containment", { .kind = OP_NO_NEW_PRIVS },
	    { .kind = OP_SECCOMP, .data = &filter });
	assert_seen("seccomp", "2");
	RUN("containment", { .kind = OP_NO_NEW_PRIVS },
	    { .kind = OP_SECCOMP, .data = &empty });
	assert_failed(1, EINVAL, CHILD_STARTED);
}

static void what_is_no_ruleset_is_refused(void **state)
{
	(void)state;
	RUN("containment", { .kind = OP_NO_NEW_PRIVS },
	    { .kind = OP_LANDLOCK, .fd = 1 });
	assert_true(launch->report.code == EBADFD ||
		    launch->report.code == EOPNOTSUPP ||
		    launch->report.code == ENOSYS);
	assert_failed(1, launch->report.code, CHILD_STARTED);
}

static void what_is_no_cgroup_is_refused(void **state)
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	RUN("cgroup", { .kind = OP_CGROUP, .fd = fd });
	close(fd);
	assert_failed(0, ENOENT, CHILD_STARTED);
}

static const struct CMUnitTest tests[] = {
	TEST(an_operation_does_what_it_is_named_for),
	TEST(an_ignored_signal_can_be_set_to_default),
	TEST(a_pending_signal_never_meets_a_handler),
	TEST(a_mask_can_be_the_callers),
	TEST(a_session_is_the_childs_own),
	TEST(a_process_group_is_the_childs_own),
	TEST(joining_no_group_is_refused),
	TEST(a_terminal_is_taken_and_brought_to_the_front),
	TEST(affinity_is_a_set_of_processors),
	TEST(a_limit_can_keep_its_other_half),
	TEST(namespaces_are_left_and_entered),
	TEST(groups_are_replaced),
	TEST(a_root_directory_is_entered),
	TEST(a_capability_survives_a_change_of_user),
	TEST(a_signal_follows_the_parents_death),
	TEST(a_directory_is_entered_by_descriptor),
	TEST(a_directory_outside_of_the_root_is_told),
	TEST(a_filter_is_in_force),
	TEST(what_is_no_ruleset_is_refused),
	TEST(what_is_no_cgroup_is_refused),
};

TEST_MAIN(tests)
