/* SPDX-License-Identifier: MIT */
/*
 * Prints for each option which backends take it here, by asking the library.
 * docs/options.md is made of it, and check_options.py compares the two.
 */
#include <errno.h>
#include <libspawn.h>
#include <stddef.h>
#include <stdio.h>
#include <termios.h>

struct row {
	const char *title;
	struct libspawn_options options;
};

static char variable[] = "NAME=VALUE";
static char name[] = "NAME";
static char *const variables[] = { variable, NULL };
static char *const names[] = { name, NULL };
static const uint32_t numbers[] = { 0 };
static const int32_t descriptors[] = { 0 };
static const struct libspawn_rlimit rlimits[] = { { .resource = 0 } };
static const struct libspawn_bpf filter[] = { { .code = 6 } };
static const struct libspawn_filter filters[] = { { .instructions = filter,
						    .count = 1 } };
static const struct libspawn_time_offsets offsets;
static const struct libspawn_sched_attr attributes;
static const struct libspawn_memory_policy policy;
static const struct libspawn_id_map id_maps[] = {
	{ .kinds = LIBSPAWN_ID_UID, .count = 1 },
};
static const struct libspawn_mount mounts[] = {
	{ .kind = LIBSPAWN_MOUNT_TMPFS, .target = "/tmp" },
};
/* sched.h */
#define NEW_USERS UINT64_C(0x10000000)
#define NEW_MOUNTS UINT64_C(0x20000)
#define NEW_PIDS UINT64_C(0x20000000)

static int32_t parent_end;
static const struct termios modes;
static const struct libspawn_window window = { .rows = 24, .columns = 80 };

#define ROW(...)                                                               \
	.fds = (const struct libspawn_fd[]){ { .child_fd = 1, __VA_ARGS__ } }, \
	.fd_count = 1

static const struct libspawn_fd same[] = {
	{ .child_fd = 1, .kind = LIBSPAWN_FD_FROM, .parent_fd = 0 },
	{ .child_fd = 2, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
};

static const struct row rows[] = {
	{ "`search`, `search_list`",
	  { .search = LIBSPAWN_SEARCH_PARENT_PATH } },
	{ "`search_default`",
	  { .search = LIBSPAWN_SEARCH_PARENT_PATH, .search_default = "/" } },
	{ "`search_paths`",
	  { .search = LIBSPAWN_SEARCH_PATHS, .search_paths = variables } },
	{ "`LIBSPAWN_SEARCH_ON`", { .flags = LIBSPAWN_SEARCH_ON } },
	{ "`LIBSPAWN_SHELL_FALLBACK`", { .flags = LIBSPAWN_SHELL_FALLBACK } },
	{ "`program_fd`, `LIBSPAWN_PROGRAM_FD`",
	  { .flags = LIBSPAWN_PROGRAM_FD } },
	{ "`busy_retry`, `LIBSPAWN_BUSY_RETRY`",
	  { .flags = LIBSPAWN_BUSY_RETRY } },
	{ "`env`", { .env = variables } },
	{ "`env_unset`", { .env_unset = names } },
	{ "`env_set`", { .env_set = variables } },
	{ "`pid_variable`", { .pid_variable = "LISTEN_PID" } },
	{ "`cwd`", { .cwd = "/" } },
	{ "`cwd_fd`, `LIBSPAWN_CWD_FD`", { .flags = LIBSPAWN_CWD_FD } },
	{ "`root`", { .root = "/" } },
	{ "`umask`, `LIBSPAWN_UMASK`", { .flags = LIBSPAWN_UMASK } },
	{ "`LIBSPAWN_INHERIT_FDS`", { .flags = LIBSPAWN_INHERIT_FDS } },
	{ "`fds`, `fd_count`: `LIBSPAWN_FD_FROM`",
	  { ROW(.kind = LIBSPAWN_FD_FROM) } },
	{ "... `LIBSPAWN_FD_SAME`", { .fds = same, .fd_count = 2 } },
	{ "... `LIBSPAWN_FD_OPEN`",
	  { ROW(.kind = LIBSPAWN_FD_OPEN, .path = "/") } },
	{ "... `LIBSPAWN_FD_NULL`", { ROW(.kind = LIBSPAWN_FD_NULL) } },
	{ "... `LIBSPAWN_FD_PIPE_READ`",
	  { ROW(.kind = LIBSPAWN_FD_PIPE_READ, .parent_end = &parent_end) } },
	{ "... `LIBSPAWN_FD_PIPE_WRITE`",
	  { ROW(.kind = LIBSPAWN_FD_PIPE_WRITE, .parent_end = &parent_end) } },
	{ "... `LIBSPAWN_FD_PTY`",
	  { ROW(.kind = LIBSPAWN_FD_PTY, .parent_end = &parent_end) } },
	{ "... `LIBSPAWN_FD_CLOSE`", { ROW(.kind = LIBSPAWN_FD_CLOSE) } },
	{ "... `LIBSPAWN_FD_SOCKET`",
	  { ROW(.kind = LIBSPAWN_FD_SOCKET, .parent_end = &parent_end) } },
	{ "... `LIBSPAWN_FD_SKIP`", { ROW(.kind = LIBSPAWN_FD_SKIP) } },
	{ "... `LIBSPAWN_FD_NULL_READ`",
	  { ROW(.kind = LIBSPAWN_FD_NULL_READ) } },
	{ "`keep_fds`, `keep_count`",
	  { .keep_fds = descriptors, .keep_count = 1 } },
	{ "`terminal_modes`, `terminal_window`",
	  { ROW(.kind = LIBSPAWN_FD_PTY, .parent_end = &parent_end),
	    .terminal_modes = &modes, .terminal_window = &window } },
	{ "`signal_default`", { .signal_default = 1 } },
	{ "`signal_ignore`", { .signal_ignore = 1 } },
	{ "`LIBSPAWN_DEFAULT_SIGNALS`", { .flags = LIBSPAWN_DEFAULT_SIGNALS } },
	{ "`signal_mask`, `LIBSPAWN_SIGNAL_MASK`",
	  { .flags = LIBSPAWN_SIGNAL_MASK } },
	{ "`LIBSPAWN_NEW_SESSION`", { .flags = LIBSPAWN_NEW_SESSION } },
	{ "`process_group`, `LIBSPAWN_PROCESS_GROUP`",
	  { .flags = LIBSPAWN_PROCESS_GROUP } },
	{ "`LIBSPAWN_CONTROLLING_TERMINAL`, `terminal_fd`, "
	  "`LIBSPAWN_TERMINAL_FD`",
	  { .flags = LIBSPAWN_NEW_SESSION | LIBSPAWN_CONTROLLING_TERMINAL |
		     LIBSPAWN_TERMINAL_FD } },
	{ "`LIBSPAWN_FOREGROUND`",
	  { .flags = LIBSPAWN_FOREGROUND | LIBSPAWN_TERMINAL_FD } },
	{ "`uid`, `LIBSPAWN_UID`", { .flags = LIBSPAWN_UID } },
	{ "`gid`, `LIBSPAWN_GID`", { .flags = LIBSPAWN_GID } },
	{ "`groups`, `group_count`, `LIBSPAWN_GROUPS`",
	  { .flags = LIBSPAWN_GROUPS, .groups = numbers, .group_count = 1 } },
	{ "`ambient_caps`, `LIBSPAWN_AMBIENT_CAPS`",
	  { .flags = LIBSPAWN_AMBIENT_CAPS, .ambient_caps = 1 } },
	{ "`bounding_caps`, `LIBSPAWN_BOUNDING_CAPS`",
	  { .flags = LIBSPAWN_BOUNDING_CAPS } },
	{ "`securebits`, `LIBSPAWN_SECUREBITS`",
	  { .flags = LIBSPAWN_SECUREBITS } },
	{ "`LIBSPAWN_NO_NEW_PRIVS`", { .flags = LIBSPAWN_NO_NEW_PRIVS } },
	{ "`rlimits`, `rlimit_count`",
	  { .rlimits = rlimits, .rlimit_count = 1 } },
	{ "`nice`, `LIBSPAWN_NICE`", { .flags = LIBSPAWN_NICE } },
	{ "`sched_policy`, `sched_priority`, `LIBSPAWN_SCHEDULER`",
	  { .flags = LIBSPAWN_SCHEDULER } },
	{ "`cpus`, `cpu_count`", { .cpus = numbers, .cpu_count = 1 } },
	{ "`io_priority`, `LIBSPAWN_IO_PRIORITY`",
	  { .flags = LIBSPAWN_IO_PRIORITY } },
	{ "`oom_score_adj`, `LIBSPAWN_OOM_SCORE_ADJ`",
	  { .flags = LIBSPAWN_OOM_SCORE_ADJ } },
	{ "`timer_slack`, `LIBSPAWN_TIMER_SLACK`",
	  { .flags = LIBSPAWN_TIMER_SLACK } },
	{ "`cgroup_fd`, `LIBSPAWN_CGROUP_FD`",
	  { .flags = LIBSPAWN_CGROUP_FD } },
	{ "`namespaces`, `namespace_count`",
	  { .namespaces = descriptors, .namespace_count = 1 } },
	{ "`unshare`", { .unshare = 0x20000 } },
	{ "`seccomp`, `seccomp_count`",
	  { .seccomp = filter, .seccomp_count = 1 } },
	{ "`landlock_fd`, `LIBSPAWN_LANDLOCK_FD`",
	  { .flags = LIBSPAWN_LANDLOCK_FD } },
	{ "`parent_death_signal`", { .parent_death_signal = 1 } },
	{ "`hostname`", { .unshare = 0x4000000, .hostname = "host" } },
	{ "`domainname`", { .unshare = 0x4000000, .domainname = "domain" } },
	{ "`LIBSPAWN_LOOPBACK`",
	  { .flags = LIBSPAWN_LOOPBACK, .unshare = 0x40000000 } },
	{ "`time_offsets`", { .unshare = 0x80, .time_offsets = &offsets } },
	{ "`personality`, `LIBSPAWN_PERSONALITY`",
	  { .flags = LIBSPAWN_PERSONALITY } },
	{ "`memory_policy`", { .memory_policy = &policy } },
	{ "`sched_attr`", { .sched_attr = &attributes } },
	{ "`LIBSPAWN_NEW_CORE`", { .flags = LIBSPAWN_NEW_CORE } },
	{ "`speculation`", { .speculation = { 4 } } },
	{ "`tsc`", { .tsc = 2 } },
	{ "`inheritable_caps`, `LIBSPAWN_INHERITABLE_CAPS`",
	  { .flags = LIBSPAWN_INHERITABLE_CAPS } },
	{ "`exec_label`", { .exec_label = "label" } },
	{ "`session_keyring`", { .session_keyring = "" } },
	{ "`filters`, `filter_count`",
	  { .filters = filters, .filter_count = 1 } },
	{ "`memory_traits`, `coredump_filter`",
	  { .memory_traits = LIBSPAWN_MEMORY_COREDUMP_FILTER } },
	{ "`new_namespaces`", { .new_namespaces = NEW_USERS } },
	{ "`LIBSPAWN_OWN_IDS`",
	  { .new_namespaces = NEW_USERS, .flags = LIBSPAWN_OWN_IDS } },
	{ "`id_maps`, `id_map_count`, `LIBSPAWN_ID_HELPERS`",
	  { .new_namespaces = NEW_USERS,
	    .id_maps = id_maps,
	    .id_map_count = 1,
	    .flags = LIBSPAWN_ID_HELPERS } },
	{ "`LIBSPAWN_DENY_SETGROUPS`",
	  { .new_namespaces = NEW_USERS, .flags = LIBSPAWN_DENY_SETGROUPS } },
	{ "`mounts`, `mount_count`",
	  { .unshare = NEW_MOUNTS, .mounts = mounts, .mount_count = 1 } },
	{ "`LIBSPAWN_INIT`",
	  { .new_namespaces = NEW_PIDS, .flags = LIBSPAWN_INIT } },
	{ "`LIBSPAWN_PIDFD`", { .flags = LIBSPAWN_PIDFD } },
	{ "`LIBSPAWN_DETACH`", { .flags = LIBSPAWN_DETACH } },
};

static void print_row(const char *title, struct libspawn_options options)
{
	struct libspawn_error error;
	uint32_t backend;
	int answer;

	options.size = sizeof options;
	printf("%s", title);
	for (backend = LIBSPAWN_BACKEND_CLONE; backend <= LIBSPAWN_BACKEND_FORK;
	     backend++) {
		answer = libspawn_query(backend, &options, &error);
		if (answer == -ENOTSUP)
			printf("\tno");
		else
			printf("\t%s", answer > 0 ? "yes" : "refused");
	}
	printf("\n");
}

/* Each option alone; closing the others is one, and on unless turned off. */
int main(void)
{
	struct libspawn_options options = { 0 };
	size_t n;

	print_row("closing the descriptors not named", options);
	for (n = 0; n < sizeof rows / sizeof rows[0]; n++) {
		options = rows[n].options;
		options.flags |= LIBSPAWN_INHERIT_FDS;
		print_row(rows[n].title, options);
	}
	return 0;
}
