/* SPDX-License-Identifier: MIT */
/*
 * One function per option that takes a value: it reads the value (NULL where
 * the option's is optional) into the command. 0, or -1 with a complaint.
 */
#ifndef TOOLS_SETTERS_H
#define TOOLS_SETTERS_H

#include "command.h"

typedef int setter(struct command *command, char *value);

/* set_program.c */
setter set_search;
setter set_argv0;
setter set_program_fd;
setter set_env;
setter set_unset;
setter set_ignore_environment;
setter set_pid_variable;
setter set_chdir;
setter set_chdir_fd;
setter set_root;
setter set_busy_retry;
setter set_backend;
setter set_report;
setter set_query;
setter set_help;
setter set_version;

/* set_fds.c */
setter set_fd;
/* Connect the rows that name each other, and make room for pipe ends. */
int finish_fds(struct command *command);

/* set_run.c */
setter set_stdin;
setter set_stdout;
setter set_stderr;
setter set_pty;
setter set_start_timeout;
setter set_timeout;
setter set_kill_after;
setter set_pidfile;
setter set_pipe;
setter set_pipefail;
/* The rows that --pty stands for. */
int finish_pty(struct command *command);

/* set_signals.c */
setter set_signal_mask;
setter set_default_signal;
setter set_ignore_signal;
setter set_pdeathsig;
setter set_pgroup;
setter set_terminal;
/* What the program is to inherit of the caller's although spawn can't. */
void finish_signals(struct command *command);
/* The terminal of --ctty and --foreground when none was named. */
void finish_terminal(struct command *command);

/* set_identity.c */
setter set_uid;
setter set_gid;
setter set_groups;
setter set_init_groups;
setter set_clear_groups;
setter set_keep_groups;
setter set_ambient_caps;
setter set_bounding_set;
setter set_inheritable_caps;
setter set_securebits;
/* The groups that --init-groups stands for. */
int finish_groups(struct command *command);

/* set_limits.c */
setter set_rlimit;
setter set_umask;
setter set_nice;
setter set_sched;
setter set_cpus;
setter set_memory_policy;
/* Numbers and ranges below most, added to a list of uint32_t: 0-3,5 */
int read_numbers(struct command *command, struct list *list, const char *value,
		 uint32_t most);
setter set_ionice;
setter set_oom_score_adj;
setter set_timer_slack;

/* set_sched_attr.c */
setter set_sched_attr;

/* set_confinement.c */
setter set_hostname;
setter set_domainname;
setter set_exec_label;
setter set_keyring;
setter set_time_offset;
setter set_personality;
setter set_memory;
setter set_speculation;
setter set_tsc;

/* set_containment.c */
setter set_cgroup;
setter set_unshare;
/* A list of namespaces, added to those; a complaint says which there are. */
int read_namespaces(struct command *command, uint64_t *kinds, const char *value,
		    const char *names);
setter set_enter_ns;
setter set_landlock_fd;
setter set_seccomp;
setter set_seccomp_flags;
/* The flags that all filters have. */
void finish_filters(struct command *command);

/* set_watch.c */
setter set_watch_forks;
setter set_hung_after;
setter set_kill_hung;
/* set_sandbox.c */
setter set_new_ns;
setter set_map;
setter set_mount;
/* sandbox.c */
setter set_sandbox;

#endif
