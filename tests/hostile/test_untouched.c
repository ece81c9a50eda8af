/* SPDX-License-Identifier: MIT */
/*
 * No option there is changes the caller: each alone, then all at once, whether
 * the start succeeds or not, whether the caller waits or goes on. What Linux
 * tells of a process is compared line by line. tests/lint/four_edits.py sees to
 * it that none of the header's options is left out here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "apart.h"
#include "caller_state.h"
#include "linux_calls.h"

#define USER 54321

/* ---- Every option ------------------------------------------------------- */

static char variable[] = "NAME=VALUE";
static char name[] = "NAME";
static char *const variables[] = { variable, NULL };
static char *const names[] = { name, NULL };
static char *paths[] = { NULL, NULL };
static const uint32_t numbers[] = { 0 };
static const int32_t kept[] = { 0 };
static int32_t namespaces[1];
static int32_t parent_end;
static const struct libspawn_rlimit rlimits[] = {
	{ .resource = RLIMIT_CORE, .soft = 0, .hard = 0 },
	{ .resource = RLIMIT_NOFILE,
	  .soft = 64,
	  .flags = LIBSPAWN_RLIMIT_KEEP_HARD },
};
static const struct libspawn_bpf allow[] = { { 6, 0, 0, 0x7fff0000 } };
static const struct libspawn_filter filters[] = {
	{ .instructions = allow, .count = 1 },
	{ .instructions = allow, .count = 1, .flags = LIBSPAWN_FILTER_LOG },
};
static const struct libspawn_time_offsets offsets = { .boottime_s = 77 };
static const struct libspawn_sched_attr attributes = { .policy = SCHED_BATCH,
						       .flags = 1,
						       .nice = 9 };
static const struct libspawn_memory_policy policy = { .mode = 4 };
static const struct libspawn_mount mounts[] = {
	{ .kind = LIBSPAWN_MOUNT_TMPFS, .target = "/tmp" },
};
static const struct libspawn_id_map id_maps[] = {
	{ .kinds = LIBSPAWN_ID_UID | LIBSPAWN_ID_GID, .count = 2 },
};
static const struct libspawn_window window = { .rows = 24, .columns = 80 };
static struct termios modes;
static const struct libspawn_fd pty[] = {
	{ .child_fd = 5, .kind = LIBSPAWN_FD_PTY, .parent_end = &parent_end },
};
static const struct libspawn_fd pipes[] = {
	{ .child_fd = 5,
	  .kind = LIBSPAWN_FD_PIPE_READ,
	  .parent_end = &parent_end },
	{ .child_fd = 6, .kind = LIBSPAWN_FD_NULL },
	{ .child_fd = 7, .kind = LIBSPAWN_FD_OPEN, .path = "/" },
	{ .child_fd = 0, .kind = LIBSPAWN_FD_CLOSE },
};

/* Filled in when the test runs. */
enum { OPEN_HERE = 0 };

static struct libspawn_options rows[] = {
	{ 0 },
	{ .flags = LIBSPAWN_PROGRAM_FD, .program_fd = OPEN_HERE },
	{ .search = LIBSPAWN_SEARCH_LIST,
	  .search_list = "/nowhere",
	  .flags = LIBSPAWN_SEARCH_ON },
	{ .search = LIBSPAWN_SEARCH_CHILD_PATH, .search_default = "/" },
	{ .search = LIBSPAWN_SEARCH_PATHS, .search_paths = paths },
	{ .flags = LIBSPAWN_SHELL_FALLBACK },
	{ .flags = LIBSPAWN_BUSY_RETRY, .busy_retry = 7 },
	{ .env = variables, .env_unset = names, .env_set = variables },
	{ .pid_variable = "LISTEN_PID" },
	{ .cwd = "/" },
	{ .flags = LIBSPAWN_CWD_FD, .cwd_fd = OPEN_HERE },
	{ .root = "/" },
	{ .flags = LIBSPAWN_CWD_BEFORE_IDS, .root = "/", .cwd = "/" },
	{ .flags = LIBSPAWN_UMASK, .umask = 0777 },
	{ .flags = LIBSPAWN_INHERIT_FDS },
	{ .fds = pipes, .fd_count = 4 },
	{ .keep_fds = kept, .keep_count = 1 },
	{ .fds = pty,
	  .fd_count = 1,
	  .terminal_modes = &modes,
	  .terminal_window = &window,
	  .flags = LIBSPAWN_NEW_SESSION | LIBSPAWN_CONTROLLING_TERMINAL |
		   LIBSPAWN_FOREGROUND },
	{ .flags = LIBSPAWN_FOREGROUND | LIBSPAWN_TERMINAL_FD,
	  .terminal_fd = OPEN_HERE },
	{ .signal_default = 1, .signal_ignore = 2 },
	{ .flags = LIBSPAWN_DEFAULT_SIGNALS },
	{ .flags = LIBSPAWN_SIGNAL_MASK, .signal_mask = UINT64_MAX },
	{ .flags = LIBSPAWN_NEW_SESSION },
	{ .flags = LIBSPAWN_PROCESS_GROUP, .process_group = 0 },
	{ .flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS,
	  .uid = USER,
	  .gid = USER,
	  .groups = numbers,
	  .group_count = 1 },
	{ .flags = LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS, .uid = USER },
	{ .flags = LIBSPAWN_GROUPS | LIBSPAWN_TRY_GROUPS },
	{ .flags = LIBSPAWN_AMBIENT_CAPS, .ambient_caps = 0x400 },
	{ .flags = LIBSPAWN_AMBIENT_CAPS | LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS,
	  .ambient_caps = 0x400,
	  .uid = USER },
	{ .flags = LIBSPAWN_BOUNDING_CAPS, .bounding_caps = 1 },
	{ .flags = LIBSPAWN_SECUREBITS,
	  .securebits = LIBSPAWN_SECUREBITS_NO_AMBIENT },
	{ .flags = LIBSPAWN_INHERITABLE_CAPS, .inheritable_caps = 0x21 },
	{ .flags = LIBSPAWN_NO_NEW_PRIVS },
	{ .rlimits = rlimits, .rlimit_count = 2 },
	{ .flags = LIBSPAWN_NICE, .nice = 19 },
	{ .flags = LIBSPAWN_SCHEDULER,
	  .sched_policy = SCHED_IDLE,
	  .sched_priority = 0 },
	{ .cpus = numbers, .cpu_count = 1 },
	{ .flags = LIBSPAWN_IO_PRIORITY, .io_priority = 3 << 13 },
	{ .flags = LIBSPAWN_OOM_SCORE_ADJ, .oom_score_adj = 1000 },
	{ .flags = LIBSPAWN_TIMER_SLACK, .timer_slack = 1234567 },
	{ .flags = LIBSPAWN_CGROUP_FD, .cgroup_fd = OPEN_HERE },
	{ .namespaces = namespaces, .namespace_count = 1 },
	{ .unshare = CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET |
		     CLONE_NEWCGROUP },
	{ .unshare = CLONE_NEWUSER },
	{ .unshare = CLONE_NEWPID },
	{ .seccomp = allow,
	  .seccomp_count = 1,
	  .flags = LIBSPAWN_NO_NEW_PRIVS },
	{ .filters = filters,
	  .filter_count = 2,
	  .flags = LIBSPAWN_NO_NEW_PRIVS },
	{ .flags = LIBSPAWN_LANDLOCK_FD | LIBSPAWN_NO_NEW_PRIVS,
	  .landlock_fd = OPEN_HERE },
	{ .parent_death_signal = SIGUSR1 },
	{ .flags = LIBSPAWN_PIDFD },
	{ .flags = LIBSPAWN_DETACH },
	{ .flags = LIBSPAWN_DETACH | LIBSPAWN_KEEP_SESSION },
	{ .flags = LIBSPAWN_DEATH_IS_START },
	{ .flags = LIBSPAWN_INTERRUPTIBLE },
	{ .flags = LIBSPAWN_ALLOW_FORK },
	{ .flags = LIBSPAWN_MAY_WAIT, .start_timeout_ms = 60000 },
	{ .flags = LIBSPAWN_HOLD | LIBSPAWN_POLL_FD },
	{ .unshare = CLONE_NEWUTS,
	  .hostname = "inside",
	  .domainname = "nowhere" },
	{ .unshare = CLONE_NEWNET, .flags = LIBSPAWN_LOOPBACK },
	{ .unshare = 0x80, .time_offsets = &offsets },
	{ .flags = LIBSPAWN_PERSONALITY, .personality = 0x0040008 },
	{ .memory_policy = &policy },
	{ .sched_attr = &attributes },
	{ .flags = LIBSPAWN_NEW_CORE },
	{ .speculation = { 4, 0, 0 } },
	{ .speculation = { 0, 8, 0 } },
	{ .speculation = { 0, 0, 2 } },
	{ .tsc = 2 },
	{ .exec_label = "label" },
	{ .session_keyring = "" },
	{ .session_keyring = "libspawn-untouched" },
	{ .new_namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID |
			    CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS |
			    CLONE_NEWCGROUP,
	  .flags = LIBSPAWN_OWN_IDS | LIBSPAWN_DENY_SETGROUPS | LIBSPAWN_INIT,
	  .mounts = mounts,
	  .mount_count = 1 },
	{ .new_namespaces = CLONE_NEWUSER,
	  .id_maps = id_maps,
	  .id_map_count = 1 },
	{ .new_namespaces = CLONE_NEWUSER,
	  .flags = LIBSPAWN_ID_HELPERS,
	  .id_maps = id_maps,
	  .id_map_count = 1 },
	{ .memory_traits = LIBSPAWN_MEMORY_NO_EXEC_GAIN },
	{ .memory_traits = LIBSPAWN_MEMORY_NO_HUGE_PAGES },
	{ .memory_traits = LIBSPAWN_MEMORY_MERGE },
	{ .memory_traits = LIBSPAWN_MEMORY_COREDUMP_FILTER,
	  .coredump_filter = 0x7f },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* All that exclude each other not, and that this kernel may be expected to. */
static const struct libspawn_options together = {
	OPTIONS,
	.flags = LIBSPAWN_UMASK | LIBSPAWN_SIGNAL_MASK |
		 LIBSPAWN_DEFAULT_SIGNALS | LIBSPAWN_NEW_SESSION |
		 LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS |
		 LIBSPAWN_AMBIENT_CAPS | LIBSPAWN_INHERITABLE_CAPS |
		 LIBSPAWN_BOUNDING_CAPS | LIBSPAWN_SECUREBITS |
		 LIBSPAWN_NO_NEW_PRIVS | LIBSPAWN_NICE | LIBSPAWN_IO_PRIORITY |
		 LIBSPAWN_TIMER_SLACK | LIBSPAWN_PIDFD | LIBSPAWN_LOOPBACK |
		 LIBSPAWN_PERSONALITY,
	.umask = 0777,
	.signal_mask = 1,
	.signal_ignore = 2,
	.env_set = variables,
	.pid_variable = "LISTEN_PID",
	.cwd = "/",
	.root = "/",
	.fds = pipes,
	.fd_count = 4,
	.uid = USER,
	.gid = USER,
	.ambient_caps = 0x400,
	.inheritable_caps = 0x21,
	.bounding_caps = 0x421,
	.securebits = 0x2f,
	.nice = 19,
	.io_priority = 3 << 13,
	.timer_slack = 1234567,
	.rlimits = rlimits,
	.rlimit_count = 2,
	.cpus = numbers,
	.cpu_count = 1,
	.unshare = CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET,
	.hostname = "inside",
	.domainname = "nowhere",
	.parent_death_signal = SIGUSR1,
	.seccomp = allow,
	.seccomp_count = 1,
	.filters = filters,
	.filter_count = 2,
	.session_keyring = "",
	.sched_attr = &attributes,
	.tsc = 2,
};

/* ---- Starting, and looking ---------------------------------------------- */

static int opened[8];
static int opened_count;

/* Closed by close_opened(). */
static int32_t keep_open(int fd)
{
	assert_true(opened_count < 8);
	opened[opened_count++] = fd;
	return fd;
}

static void close_opened(void)
{
	while (opened_count > 0)
		close(opened[--opened_count]);
}

static int32_t open_here(const char *path)
{
	return keep_open(open(path, O_RDONLY | O_CLOEXEC));
}

/* What has its flag, and what it needs open. */
static void open_what_rows_need(void)
{
	uint64_t handled = 1 << 2;
	int ruleset = (int)syscall(444, &handled, sizeof handled, 0);
	int n;

	paths[0] = (char *)(uintptr_t)support_probe;
	namespaces[0] = open_here("/proc/self/ns/uts");
	if (ruleset >= 0)
		keep_open(ruleset);
	for (n = 0; n < ROWS; n++) {
		struct libspawn_options *row = &rows[n];

		row->size = sizeof *row;
		row->backend = support_backend;
		if (row->flags & LIBSPAWN_PROGRAM_FD)
			row->program_fd = open_here(support_probe);
		if (row->flags & LIBSPAWN_CWD_FD)
			row->cwd_fd = open_here("/");
		if (row->flags & LIBSPAWN_CGROUP_FD)
			row->cgroup_fd = open_here("/sys/fs/cgroup");
		if (row->flags & LIBSPAWN_LANDLOCK_FD)
			row->landlock_fd = ruleset < 0 ? 0 : ruleset;
	}
}

static int is_for_who_goes_on(const struct libspawn_options *options)
{
	return (options->flags & (LIBSPAWN_HOLD | LIBSPAWN_POLL_FD)) != 0;
}

static struct libspawn_error last_error;

/* As far as begin has come, release and finish. */
static int begin_and_finish(struct libspawn_process *process,
			    const struct libspawn_options *options)
{
	struct libspawn_pending *pending;
	int code = libspawn_begin(&pending, support_probe, exit_argv, options,
				  &last_error);

	if (code)
		return code;
	if (options->flags & LIBSPAWN_HOLD)
		libspawn_release(pending);
	return libspawn_finish(pending, LIBSPAWN_FOREVER, process, &last_error);
}

/* Nothing is left of it: no zombie, no descriptor. */
static void put_away(struct libspawn_process *process,
		     const struct libspawn_options *options)
{
	if (process->pidfd >= 0)
		close(process->pidfd);
	if (!(options->flags & LIBSPAWN_DETACH))
		assert_true(waitpid(process->pid, NULL, 0) == process->pid);
}

/* 1 if it started; the caller is the same in any case. */
static int start_and_compare(const struct libspawn_options *options,
			     int goes_on, const char *which)
{
	static struct caller_state before, after;
	struct libspawn_process process = { .pidfd = -1 };
	int code;

	parent_end = -1;
	errno = EXDEV;
	caller_state_look(&before);
	code = goes_on ? begin_and_finish(&process, options)
		       : libspawn_start(&process, support_probe, exit_argv,
					options, &last_error);
	if (code == 0)
		put_away(&process, options);
	/* Of a start that was begun it is ours although it failed. */
	if (parent_end >= 0)
		close(parent_end);
	caller_state_look(&after);
	assert_int_equal(caller_state_compare(&before, &after, which), 0);
	return code == 0;
}

/* ---- The tests ---------------------------------------------------------- */

static int goes_on;

static void each_body(void)
{
	int started = 0;
	char which[32];
	int n;

	open_what_rows_need();
	for (n = 0; n < ROWS; n++) {
		if (is_for_who_goes_on(&rows[n]) && !goes_on)
			continue;
		snprintf(which, sizeof which, "row %d", n);
		started += start_and_compare(&rows[n], goes_on, which);
	}
	print_message("%d of %d rows started\n", started, ROWS);
	/* Who takes few, or has no rights, has few that could change it. */
	if (support_backend == LIBSPAWN_BACKEND_CLONE && support_is_root())
		assert_true(started > ROWS / 2);
	assert_true(started > 10 ||
		    (goes_on && support_backend != LIBSPAWN_BACKEND_CLONE &&
		     support_backend != LIBSPAWN_BACKEND_FORK));
	close_opened();
}

static void no_option_alone_changes_its_caller(void **state)
{
	(void)state;
	goes_on = 0;
	run_apart(each_body);
}

static void nor_does_one_of_a_start_that_is_begun(void **state)
{
	(void)state;
	goes_on = 1;
	run_apart(each_body);
}

/* What a container or another processor may be without. */
static void leave_out(struct libspawn_options *options, int step)
{
	print_message("left out: %s: %s\n", libspawn_step_name(step),
		      strerror(last_error.code));
	switch (step) {
	case LIBSPAWN_STEP_TSC: options->tsc = 0; break;
	case LIBSPAWN_STEP_KEYRING: options->session_keyring = NULL; break;
	case LIBSPAWN_STEP_SECCOMP: options->filter_count = 1; break;
	case LIBSPAWN_STEP_UNSHARE:
		options->unshare = 0;
		options->hostname = options->domainname = NULL;
		options->flags &= ~LIBSPAWN_LOOPBACK;
		break;
	default: fail_msg("all fail at %s", libspawn_step_name(step));
	}
}

/* As one that is unusual in all that a child might set back. */
static void all_body(void)
{
	struct libspawn_options options = together;
	mode_t before;

	options.backend = support_backend;
	syscall(SYS_personality, 0x0040000);
	prctl(PR_SET_TIMERSLACK, 70000UL, 0UL, 0UL, 0UL);
	before = umask(0123);
	setpriority(PRIO_PROCESS, 0, 3);
	while (!start_and_compare(&options, 0, "all"))
		leave_out(&options, last_error.step);
	/* That backend only waits. */
	while (support_backend != LIBSPAWN_BACKEND_VFORK &&
	       !start_and_compare(&options, 1, "all, begun"))
		leave_out(&options, last_error.step);
	umask(before);
}

static void nor_do_all_at_once(void **state)
{
	(void)state;
	if (support_backend == LIBSPAWN_BACKEND_POSIX_SPAWN)
		skip_with_reason("posix_spawn() declines the most of it");
	need_root();
	run_apart(all_body);
}

/* The comparison itself: it sees what is set here. */
static void change_body(void)
{
	static struct caller_state before, after;

	caller_state_look(&before);
	caller_state_look(&after);
	assert_int_equal(caller_state_compare(&before, &after, "same"), 0);
	prctl(PR_SET_TIMERSLACK, 70000UL, 0UL, 0UL, 0UL);
	syscall(SYS_personality, 0x0040000);
	prctl(41 /* PR_SET_THP_DISABLE */, 1UL, 0UL, 0UL, 0UL);
	syscall(SYS_keyctl, 1, NULL);
	caller_state_look(&after);
	assert_true(caller_state_compare(&before, &after, "seen") >= 3);
}

static void a_change_would_be_seen(void **state)
{
	(void)state;
	run_apart(change_body);
}

static const struct CMUnitTest tests[] = {
	TEST(no_option_alone_changes_its_caller),
	TEST(nor_does_one_of_a_start_that_is_begun),
	TEST(nor_do_all_at_once),
	TEST(a_change_would_be_seen),
};

TEST_MAIN(tests)
