/* SPDX-License-Identifier: MIT */
/* The options by their names: the one place that knows which there are. */
#ifndef LIBSPAWN_PYTHON_FIELDS_H
#define LIBSPAWN_PYTHON_FIELDS_H

#include <stddef.h>

#include "_call.h"

#define AT(name) offsetof(struct libspawn_options, name)
#define SWITCH(name, flag)                                                     \
	{                                                                      \
		name, SHAPE_SWITCH, 0, 0, LIBSPAWN_##flag                      \
	}
#define PLAIN(name, shape)                                                     \
	{                                                                      \
#name, SHAPE_##shape, AT(name), 0, 0                           \
	}
#define FLAGGED(name, shape, flag)                                             \
	{                                                                      \
#name, SHAPE_##shape, AT(name), 0, LIBSPAWN_##flag             \
	}
#define LIST(name, shape, count, flag)                                         \
	{                                                                      \
#name, SHAPE_##shape, AT(name), AT(count), flag                \
	}

/* Those that most starts have come first: they are looked for one by one. */
static const struct field fields[] = {
	LIST(fds, TABLE, fd_count, 0),
	PLAIN(search_list, TEXT),
	PLAIN(env, TEXTS),
	PLAIN(cwd, TEXT),
	SWITCH("pidfd", PIDFD),
	SWITCH("cwd_before_ids", CWD_BEFORE_IDS),
	SWITCH("death_is_start", DEATH_IS_START),
	SWITCH("keep_groups", KEEP_GROUPS),
	SWITCH("keep_session", KEEP_SESSION),
	PLAIN(signal_default, LONG),
	SWITCH("inherit_fds", INHERIT_FDS),
	SWITCH("new_session", NEW_SESSION),
	PLAIN(backend, UNSIGNED),
	PLAIN(signal_ignore, LONG),
	FLAGGED(signal_mask, LONG, SIGNAL_MASK),
	FLAGGED(ambient_caps, LONG, AMBIENT_CAPS),
	FLAGGED(bounding_caps, LONG, BOUNDING_CAPS),
	PLAIN(unshare, LONG),
	FLAGGED(timer_slack, LONG, TIMER_SLACK),
	FLAGGED(program_fd, SIGNED, PROGRAM_FD),
	PLAIN(search, UNSIGNED),
	PLAIN(root, TEXT),
	FLAGGED(cwd_fd, SIGNED, CWD_FD),
	FLAGGED(umask, UNSIGNED, UMASK),
	FLAGGED(process_group, SIGNED, PROCESS_GROUP),
	FLAGGED(terminal_fd, SIGNED, TERMINAL_FD),
	FLAGGED(uid, UNSIGNED, UID),
	FLAGGED(gid, UNSIGNED, GID),
	LIST(groups, NUMBERS, group_count, LIBSPAWN_GROUPS),
	FLAGGED(securebits, UNSIGNED, SECUREBITS),
	FLAGGED(nice, SIGNED, NICE),
	LIST(rlimits, RLIMITS, rlimit_count, 0),
	LIST(cpus, NUMBERS, cpu_count, 0),
	FLAGGED(sched_policy, SIGNED, SCHEDULER),
	FLAGGED(sched_priority, SIGNED, SCHEDULER),
	FLAGGED(io_priority, UNSIGNED, IO_PRIORITY),
	FLAGGED(oom_score_adj, SIGNED, OOM_SCORE_ADJ),
	FLAGGED(cgroup_fd, SIGNED, CGROUP_FD),
	PLAIN(parent_death_signal, SIGNED),
	LIST(namespaces, NUMBERS, namespace_count, 0),
	FLAGGED(landlock_fd, SIGNED, LANDLOCK_FD),
	LIST(seccomp, PROGRAM, seccomp_count, 0),
	FLAGGED(busy_retry, UNSIGNED, BUSY_RETRY),
	PLAIN(start_timeout_ms, LONG),
	PLAIN(env_set, TEXTS),
	PLAIN(env_unset, TEXTS),
	FLAGGED(inheritable_caps, LONG, INHERITABLE_CAPS),
	PLAIN(new_namespaces, LONG),
	LIST(id_maps, ID_MAPS, id_map_count, 0),
	LIST(mounts, MOUNTS, mount_count, 0),
	PLAIN(hostname, TEXT),
	PLAIN(domainname, TEXT),
	SWITCH("own_ids", OWN_IDS),
	SWITCH("deny_setgroups", DENY_SETGROUPS),
	SWITCH("id_helpers", ID_HELPERS),
	SWITCH("init", INIT),
	SWITCH("loopback", LOOPBACK),
	SWITCH("shell_fallback", SHELL_FALLBACK),
	SWITCH("default_signals", DEFAULT_SIGNALS),
	SWITCH("controlling_terminal", CONTROLLING_TERMINAL),
	SWITCH("foreground", FOREGROUND),
	SWITCH("no_new_privs", NO_NEW_PRIVS),
	SWITCH("allow_fork", ALLOW_FORK),
	SWITCH("detach", DETACH),
};

enum { FIELDS = sizeof fields / sizeof fields[0] };

#endif
