/* SPDX-License-Identifier: MIT */
/*
 * Every option of `spawn`, one row each. Parsing and `spawn --help` both follow
 * this table; docs/spawn.1 is compared with it by a test.
 */
#include "table.h"

/* Column 27 is where help starts; lines of help are at most 52 long. */
const struct row option_table[] = {
	{ .help = "Program" },
	{ "argv0", 'a', "NAME", 0, set_argv0, "pass NAME as argument zero" },
	{ "search", 0, "WHERE", 0, set_search,
	  "look for PROGRAM in the PATH of parent (the default)\n"
	  "or child, in a list of directories, or none",
	  1 },
	{ "program-fd", 0, "FD", LIBSPAWN_PROGRAM_FD, set_program_fd,
	  "execute the file open on FD; PROGRAM is but a name" },
	{ "search-on", 0, NULL, LIBSPAWN_SEARCH_ON, NULL,
	  "go on to the next directory whatever exec says" },
	{ "shell-fallback", 0, NULL, LIBSPAWN_SHELL_FALLBACK, NULL,
	  "run a script without a #! line with /bin/sh" },
	{ "busy-retry", 0, "USEC", LIBSPAWN_BUSY_RETRY, set_busy_retry,
	  "how long to retry a file still open for writing" },

	{ .help = "Environment and directory" },
	{ "ignore-environment", 'i', NULL, 0, set_ignore_environment,
	  "start with an empty environment" },
	{ "env", 'e', "NAME=VALUE", 0, set_env, "set a variable", 1 },
	{ "unset", 'u', "NAME", 0, set_unset, "remove a variable", 1 },
	{ "pid-variable", 0, "NAME", 0, set_pid_variable,
	  "set a variable to the program's own pid" },
	{ "chdir", 'C', "DIR", 0, set_chdir, "change working directory", 1 },
	{ "chdir-fd", 0, "FD", LIBSPAWN_CWD_FD, set_chdir_fd,
	  "the same, to the directory open on FD" },
	{ "root", 0, "DIR", 0, set_root, "change root directory" },
	{ "chdir-before-ids", 0, NULL, LIBSPAWN_CWD_BEFORE_IDS, NULL,
	  "both with the caller's rights, not the new user's" },
	{ "umask", 0, "MODE", LIBSPAWN_UMASK, set_umask,
	  "set the file mode creation mask (octal)" },

	{ .help = "Descriptors (those above 2 are closed unless named)" },
	{ "fd", 0, "N=WHAT", 0, set_fd,
	  "make N, in the program, one of\n"
	  "  M              a copy of spawn's descriptor M\n"
	  "  same:M         a copy of the program's M\n"
	  "  null, close    /dev/null; nothing\n"
	  "  null-read      /dev/null, for reading only\n"
	  "  read:FILE, write:FILE, append:FILE\n"
	  "                 a file, as the shell's <, >, >>\n"
	  "  open:FLAGS:FILE\n"
	  "                 as open(2): rdwr,creat,excl,0600\n"
	  "  pipe-read      a pipe that spawn's input goes into\n"
	  "  pipe-write     a pipe that goes to spawn's output\n"
	  "  pty            a new terminal, for both" },
	{ "stdin", 0, "FILE", 0, set_stdin, "the same as --fd 0=read:FILE", 1 },
	{ "stdout", 0, "FILE", 0, set_stdout, "the same as --fd 1=write:FILE",
	  1 },
	{ "stderr", 0, "FILE", 0, set_stderr, "the same as --fd 2=write:FILE",
	  1 },
	{ "inherit-fds", 0, NULL, LIBSPAWN_INHERIT_FDS, NULL,
	  "leave descriptors that are not named open" },

	{ .help = "Signals (LIST: names or numbers, with commas)" },
	{ "signal-mask", 0, "LIST|none", LIBSPAWN_SIGNAL_MASK, set_signal_mask,
	  "block just these" },
	{ "default-signal", 0, "[=LIST]", 0, set_default_signal,
	  "set these, or all, to their default action" },
	{ "ignore-signal", 0, "LIST", 0, set_ignore_signal, "ignore these", 1 },
	{ "pdeathsig", 0, "SIGNAL", 0, set_pdeathsig,
	  "sent to the program when spawn dies" },

	{ .help = "Session and terminal" },
	{ "pty", 0, NULL, LIBSPAWN_NEW_SESSION | LIBSPAWN_CONTROLLING_TERMINAL,
	  set_pty, "a session on a new terminal, which is its 0, 1 and 2", 1 },
	{ "setsid", 0, NULL, LIBSPAWN_NEW_SESSION, NULL, "a new session", 1 },
	{ "pgroup", 0, "[=ID]", LIBSPAWN_PROCESS_GROUP, set_pgroup,
	  "a new process group, or join group ID" },
	{ "ctty", 0, "[=FD]", LIBSPAWN_CONTROLLING_TERMINAL, set_terminal,
	  "make FD (or the pty, or 0) its terminal; see --setsid" },
	{ "foreground", 0, "[=FD]", LIBSPAWN_FOREGROUND, set_terminal,
	  "put its group in the foreground of that terminal" },

	{ .help = "Identity (--uid brings its group and groups along)" },
	{ "uid", 0, "USER", LIBSPAWN_UID, set_uid,
	  "real, effective and saved, by name or number", 1 },
	{ "gid", 0, "GROUP", LIBSPAWN_GID, set_gid, "the same for the group" },
	{ "groups", 0, "LIST", LIBSPAWN_GROUPS, set_groups,
	  "supplementary groups" },
	{ "init-groups", 0, NULL, LIBSPAWN_GROUPS, set_init_groups,
	  "the groups of the user of --uid" },
	{ "clear-groups", 0, NULL, LIBSPAWN_GROUPS, set_clear_groups,
	  "no supplementary groups", 1 },
	{ "keep-groups", 0, NULL, LIBSPAWN_KEEP_GROUPS, set_keep_groups,
	  "the group and groups spawn has" },
	{ "try-groups", 0, NULL, LIBSPAWN_TRY_GROUPS, NULL,
	  "let them stay where they may not be set" },
	{ "no-new-privs", 0, NULL, LIBSPAWN_NO_NEW_PRIVS, NULL,
	  "gain no privileges by executing programs", 1 },
	{ "ambient-caps", 0, "LIST", LIBSPAWN_AMBIENT_CAPS, set_ambient_caps,
	  "capabilities to have: chown,kill; none" },
	{ "bounding-set", 0, "LIST", LIBSPAWN_BOUNDING_CAPS, set_bounding_set,
	  "capabilities to keep; -sys_admin: all but one" },
	{ "inheritable-caps", 0, "LIST", LIBSPAWN_INHERITABLE_CAPS,
	  set_inheritable_caps, "capabilities that files may hand on" },
	{ "securebits", 0, "LIST", LIBSPAWN_SECUREBITS, set_securebits,
	  "noroot,keep_caps_locked,...; none; no_root_for_good" },

	{ .help = "Limits and scheduling" },
	{ "rlimit", 0, "NAME=LIMIT", 0, set_rlimit,
	  "as prlimit(1): nofile=64:1024, core=0, cpu=60:,\n"
	  "as=2G:unlimited",
	  1 },
	{ "nice", 0, "N", LIBSPAWN_NICE, set_nice, "-20 to 19, absolute", 1 },
	{ "sched", 0, "POLICY[:PRIO]", LIBSPAWN_SCHEDULER, set_sched,
	  "other, batch, idle, fifo:PRIO or rr:PRIO" },
	{ "sched-attr", 0, "LIST", 0, set_sched_attr,
	  "policy=deadline,runtime=NSEC,deadline=NSEC,...;\n"
	  "reset-on-fork,util-max=512" },
	{ "cpus", 0, "LIST", 0, set_cpus, "processors to run on: 0-3,5", 1 },
	{ "memory-policy", 0, "MODE[:LIST]", 0, set_memory_policy,
	  "nodes for memory: bind:0-1, preferred:0, local" },
	{ "new-core", 0, NULL, LIBSPAWN_NEW_CORE, NULL,
	  "share no core with other programs" },
	{ "ionice", 0, "CLASS[:LEVEL]", LIBSPAWN_IO_PRIORITY, set_ionice,
	  "none, realtime:0-7, best-effort:0-7 or idle" },
	{ "timer-slack", 0, "NSEC", LIBSPAWN_TIMER_SLACK, set_timer_slack,
	  "how late timers may be" },
	{ "oom-score-adj", 0, "N", LIBSPAWN_OOM_SCORE_ADJ, set_oom_score_adj,
	  "-1000 to 1000" },

	{ .help = "Containment" },
	{ "cgroup", 0, "DIR", LIBSPAWN_CGROUP_FD, set_cgroup,
	  "start in this cgroup (v2)", 1 },
	{ "unshare", 0, "LIST", 0, set_unshare,
	  "new namespaces: mount,uts,ipc,net,pid,user,cgroup,\n"
	  "time" },
	{ "enter-ns", 0, "FILE", 0, set_enter_ns,
	  "enter a namespace: /proc/PID/ns/net; repeatable" },
	{ "landlock-fd", 0, "FD", LIBSPAWN_LANDLOCK_FD, set_landlock_fd,
	  "restrict by the Landlock ruleset open on FD" },
	{ "seccomp", 0, "FILE", 0, set_seccomp,
	  "restrict by a filter, raw BPF; repeatable" },
	{ "seccomp-flags", 0, "LIST", 0, set_seccomp_flags,
	  "of all filters: log,spec-allow" },
	{ "hostname", 0, "NAME", 0, set_hostname, "in a new uts namespace" },
	{ "domainname", 0, "NAME", 0, set_domainname, "the same" },
	{ "loopback", 0, NULL, LIBSPAWN_LOOPBACK, NULL,
	  "put up \"lo\" in a new net namespace" },
	{ "time-offset", 0, "LIST", 0, set_time_offset,
	  "monotonic=SECONDS,boottime=SECONDS in a new time\n"
	  "namespace" },
	{ "personality", 0, "LIST", LIBSPAWN_PERSONALITY, set_personality,
	  "addr-no-randomize, linux32, ...; linux" },
	{ "speculation", 0, "LIST", 0, set_speculation,
	  "store-bypass=off,indirect-branch=force-off,\n"
	  "l1d-flush=on" },
	{ "tsc", 0, "on|off", 0, set_tsc, "reading the time stamp counter" },
	{ "exec-label", 0, "LABEL", 0, set_exec_label,
	  "the context or profile for the security module" },
	{ "keyring", 0, "[=NAME]", 0, set_keyring,
	  "a session keyring of its own" },
	{ "memory", 0, "LIST", 0, set_memory,
	  "no-exec-gain,no-huge-pages,merge,coredump-filter=N;\n"
	  "by fork alone: see --allow-fork" },

	{ .help = "A sandbox (each needs no rights where users may have one)" },
	{ "sandbox", 0, "[=WORDS]", 0, set_sandbox,
	  "the system read-only, its own /tmp, /dev and\n"
	  "processes, no network, the directory it is in\n"
	  "writable; net, session, keyring: those of spawn",
	  1 },
	{ "new-ns", 0, "LIST", 0, set_new_ns,
	  "in new namespaces: mount,uts,ipc,net,pid,user,\n"
	  "cgroup" },
	{ "own-ids", 0, NULL, LIBSPAWN_OWN_IDS, NULL,
	  "with a new user one: the ids of spawn, no others" },
	{ "map", 0, "IDS", 0, set_map,
	  "or these: uid:INSIDE:OUTSIDE[:COUNT], gid:..., or\n"
	  "both; repeatable" },
	{ "id-helpers", 0, NULL, LIBSPAWN_ID_HELPERS, NULL,
	  "written by newuidmap(1) and newgidmap(1)" },
	{ "deny-setgroups", 0, NULL, LIBSPAWN_DENY_SETGROUPS, NULL,
	  "and nobody there may set groups" },
	{ "mount", 0, "/WHERE=WHAT", 0, set_mount,
	  "with a new mount one, in this order:\n"
	  "  bind:SOURCE, tmpfs[:DATA], proc, dev, mqueue,\n"
	  "  overlay:DATA, type:NAME[:DATA], remount, dir,\n"
	  "  symlink:TEXT, private, slave, shared, root;\n"
	  "its first word with ,ro ,rw ,nosuid ,nodev ,noexec\n"
	  ",recursive ,create ,create-file (bind,ro:/srv)" },
	{ "init", 0, NULL, LIBSPAWN_INIT, NULL,
	  "with a new pid one: a first process that reaps" },

	{ .help = "How it runs" },
	{ "pipe", 0, "[=WORD]", 0, set_pipe,
	  "a pipeline: WORD ('|') is between its programs", 1 },
	{ "pipefail", 0, NULL, 0, set_pipefail,
	  "its status is that of the last program that failed" },
	{ "detach", 0, NULL, LIBSPAWN_DETACH, NULL,
	  "let it outlive spawn, which ends when it has started", 1 },
	{ "keep-session", 0, NULL, LIBSPAWN_KEEP_SESSION, NULL,
	  "detached, but in this session and group" },
	{ "start-timeout", 0, "TIME", 0, set_start_timeout,
	  "fail if it has not been executed after so long" },
	{ "may-wait", 0, NULL, LIBSPAWN_MAY_WAIT, NULL,
	  "and if that can't be had here, wait" },
	{ "timeout", 0, "TIME", 0, set_timeout,
	  "send SIGTERM after so many seconds (or 5m, 1h, 1d)", 1 },
	{ "kill-after", 0, "TIME", 0, set_kill_after,
	  "and SIGKILL when it still runs after that", 1 },
	{ "pidfile", 0, "FILE", 0, set_pidfile, "write its pid to FILE", 1 },

	{ .help = "Forks that may hang (docs/unsafe-fork.md)" },
	{ "watch-forks", 0, "[=HOW]", 0, set_watch_forks,
	  "tell of each fork() beside other threads, and why a\n"
	  "child hangs: at the end, live, as json, or in a FILE",
	  1 },
	{ "hung-after", 0, "TIME", 0, set_hung_after,
	  "look for hung children after so long (5 s)" },
	{ "kill-hung", 0, NULL, 0, set_kill_hung,
	  "and kill them, so that the program goes on" },

	{ .help = "How it is started" },
	{ "backend", 0, "NAME", 0, set_backend,
	  "by clone, vfork, posix_spawn or fork only" },
	{ "allow-fork", 0, NULL, LIBSPAWN_ALLOW_FORK, NULL,
	  "fork when nothing else can do what is asked" },
	{ "death-is-start", 0, NULL, LIBSPAWN_DEATH_IS_START, NULL,
	  "a death before exec is the program's" },
	{ "pidfd", 0, NULL, LIBSPAWN_PIDFD, NULL,
	  "hold the process by a descriptor too" },
	{ "query", 0, NULL, 0, set_query,
	  "start nothing; say which backends would and why not", 1 },
	{ "report", 0, "[=text|json]", 0, set_report,
	  "tell on standard error what happened", 1 },
	{ "help", 'h', "[=all]", 0, set_help,
	  "a page; all: each option, explained", 1 },
	{ "version", 'V', NULL, 0, set_version, "print the version", 1 },
	{ 0 },
};
