/* SPDX-License-Identifier: MIT */
/*
 * libspawn: start a program in a new process.
 *
 * libspawn takes the place of fork() and exec() in programs of any size with
 * any number of threads. A start costs what a bare vfork() and execve() cost;
 * every option below rides on that one path; nothing of the caller is
 * disturbed; and a failure says which step failed, with its errno and index.
 * The library never forks unless it is asked to.
 *
 *	#include <libspawn.h>
 *
 *	struct libspawn_fd fds[] = {
 *		{ .child_fd = 1, .kind = LIBSPAWN_FD_FROM, .parent_fd = log },
 *		{ .child_fd = 2, .kind = LIBSPAWN_FD_FROM, .parent_fd = log },
 *	};
 *	struct libspawn_options options = {
 *		.size = sizeof options,
 *		.flags = LIBSPAWN_NEW_SESSION,
 *		.cwd = "/srv",
 *		.fds = fds,
 *		.fd_count = 2,
 *	};
 *	struct libspawn_process process;
 *	struct libspawn_error error;
 *	char text[256];
 *
 *	if (libspawn_start(&process, "/usr/bin/worker", argv, &options,
 *			   &error)) {
 *		libspawn_explain(text, sizeof text, &error, "/usr/bin/worker",
 *				 argv, &options);
 *		fprintf(stderr, "%s\n", text);
 *	}
 *
 * Words used here. A *step* is one thing done on the way from the call to the
 * running program, named after the option that asked for it. A *backend* is a
 * way to create a process. The *caller* is the process and thread that calls;
 * the *child* is the new process before and after it executes the program.
 *
 * All structs are plain: fixed-width integers and pointers, no bit-fields, no
 * enums, no hidden padding, so a foreign-function interface can fill them.
 * All-zero options behave as fork() and execve() would, with one difference:
 * descriptors above 2 that the caller did not name are closed in the child.
 *
 * Descriptions of an option end with the systems that have it, where these
 * are not all, and with its source. An option that the system lacks is
 * refused with ENOTSUP and its step before any process exists: nothing that
 * was asked for is ever ignored.
 */
#ifndef LIBSPAWN_H
#define LIBSPAWN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A private copy, in a program where there may be another. LIBSPAWN_PREFIX,
 * defined as, say, mine_, comes before the name of every function: a linker
 * sees mine_libspawn_start. LIBSPAWN_STATIC makes them static, for one file
 * that includes libspawn.c. Whoever includes this header defines the same.
 */
#ifdef LIBSPAWN_STATIC
#define LIBSPAWN_API static
#endif
#ifdef LIBSPAWN_PREFIX
#define LIBSPAWN_JOINED(prefix, name) prefix##name
#define LIBSPAWN_JOIN(prefix, name) LIBSPAWN_JOINED(prefix, name)
#define LIBSPAWN_RENAMED(name) LIBSPAWN_JOIN(LIBSPAWN_PREFIX, name)
#define libspawn_backend_name LIBSPAWN_RENAMED(libspawn_backend_name)
#define libspawn_close LIBSPAWN_RENAMED(libspawn_close)
#define libspawn_explain LIBSPAWN_RENAMED(libspawn_explain)
#define libspawn_query LIBSPAWN_RENAMED(libspawn_query)
#define libspawn_signal LIBSPAWN_RENAMED(libspawn_signal)
#define libspawn_start LIBSPAWN_RENAMED(libspawn_start)
#define libspawn_step_name LIBSPAWN_RENAMED(libspawn_step_name)
#define libspawn_stop LIBSPAWN_RENAMED(libspawn_stop)
#define libspawn_version LIBSPAWN_RENAMED(libspawn_version)
#define libspawn_wait LIBSPAWN_RENAMED(libspawn_wait)
#define libspawn_wait_any LIBSPAWN_RENAMED(libspawn_wait_any)
#endif

#ifndef LIBSPAWN_API
#define LIBSPAWN_API
#endif

/* The version of this header; libspawn_version() tells the library's. */
#define LIBSPAWN_VERSION_MAJOR 0
#define LIBSPAWN_VERSION_MINOR 1
#define LIBSPAWN_VERSION_PATCH 0

/* ---- Backends ---------------------------------------------------------- */

/*
 * The ways to create a process, best first. Numbers are never reused.
 *
 * The environment variable LIBSPAWN_BACKEND, set to one of the names clone,
 * vfork, posix_spawn or fork, overrides options.backend; a set-user-ID or
 * set-group-ID program ignores it. FORK is only ever taken when the caller
 * names it in the options or sets LIBSPAWN_ALLOW_FORK.
 */
enum libspawn_backend {
	LIBSPAWN_BACKEND_ANY = 0,   /* the first that can do the request */
	LIBSPAWN_BACKEND_CLONE = 1, /* clone(VM|VFORK), own stack; Linux */
	LIBSPAWN_BACKEND_VFORK = 2, /* vfork() */
	LIBSPAWN_BACKEND_POSIX_SPAWN = 3, /* the C library's posix_spawn() */
	LIBSPAWN_BACKEND_FORK = 4,	  /* a copy of the caller's memory */
};

/* ---- Steps ------------------------------------------------------------- */

/*
 * What was being done when a start failed. Append-only: a number is never
 * reused. "index" says what libspawn_error.index means for the step; it is
 * -1 where nothing is said.
 */
enum libspawn_step {
	LIBSPAWN_STEP_NONE = 0,
	/* Before a process exists. */
	LIBSPAWN_STEP_ARGUMENTS = 1, /* process, program; index: in argv */
	LIBSPAWN_STEP_OPTIONS = 2,   /* the struct: size, flags, spares */
	LIBSPAWN_STEP_BACKEND = 3,   /* no backend, or not this one */
	LIBSPAWN_STEP_MEMORY = 4,    /* memory for stack and plan */
	LIBSPAWN_STEP_REPORT = 5,    /* the pipe that reports errors */
	LIBSPAWN_STEP_CREATE = 6,    /* clone(), vfork(), fork() */
	/* Between creation and the program. */
	LIBSPAWN_STEP_DIED = 7,	       /* the child was killed before exec */
	LIBSPAWN_STEP_POSIX_SPAWN = 8, /* posix_spawn() does not say where */
	LIBSPAWN_STEP_PIDFD = 9,       /* LIBSPAWN_PIDFD */
	LIBSPAWN_STEP_SIGNALS = 10,    /* dispositions; index: the signal */
	LIBSPAWN_STEP_SIGNAL_MASK = 11,
	LIBSPAWN_STEP_SESSION = 12,
	LIBSPAWN_STEP_PROCESS_GROUP = 13,
	LIBSPAWN_STEP_TERMINAL = 14,
	LIBSPAWN_STEP_FOREGROUND = 15,
	LIBSPAWN_STEP_CGROUP = 16,
	LIBSPAWN_STEP_SCHEDULER = 17,
	LIBSPAWN_STEP_NICE = 18,
	LIBSPAWN_STEP_AFFINITY = 19, /* index: in cpus */
	LIBSPAWN_STEP_IO_PRIORITY = 20,
	LIBSPAWN_STEP_TIMER_SLACK = 21,
	LIBSPAWN_STEP_RLIMIT = 22, /* index: in rlimits */
	LIBSPAWN_STEP_UMASK = 23,
	LIBSPAWN_STEP_OOM_SCORE_ADJ = 24,
	LIBSPAWN_STEP_UNSHARE = 25,
	LIBSPAWN_STEP_NAMESPACE = 26, /* index: in namespaces */
	LIBSPAWN_STEP_FD = 27,	      /* index: in fds */
	LIBSPAWN_STEP_CLOSE_FDS = 28, /* closing the descriptors not named */
	LIBSPAWN_STEP_GROUPS = 29,
	LIBSPAWN_STEP_GID = 30,
	LIBSPAWN_STEP_BOUNDING_CAPS = 31, /* index: the capability */
	LIBSPAWN_STEP_CHROOT = 32,
	LIBSPAWN_STEP_UID = 33,
	LIBSPAWN_STEP_SECUREBITS = 34,
	LIBSPAWN_STEP_AMBIENT_CAPS = 35, /* index: the capability */
	LIBSPAWN_STEP_PARENT_DEATH = 36,
	LIBSPAWN_STEP_CWD = 37,
	LIBSPAWN_STEP_NO_NEW_PRIVS = 38,
	LIBSPAWN_STEP_LANDLOCK = 39,
	LIBSPAWN_STEP_SECCOMP = 40,
	LIBSPAWN_STEP_ENVIRONMENT = 41, /* index: in the list at fault */
	LIBSPAWN_STEP_SEARCH = 42,	/* the list of directories */
	LIBSPAWN_STEP_EXEC = 43, /* index: the directory searched, or -1 */
	LIBSPAWN_STEP_COUNT	 /* grows */
};

/* ---- Flags ------------------------------------------------------------- */

/*
 * Fields that count. A number for which 0 is a real value counts only with
 * its flag, and must be 0 without it (EINVAL, with the field's step).
 */
#define LIBSPAWN_PROGRAM_FD (UINT64_C(1) << 0)
#define LIBSPAWN_CWD_FD (UINT64_C(1) << 1)
#define LIBSPAWN_UMASK (UINT64_C(1) << 2)
#define LIBSPAWN_SIGNAL_MASK (UINT64_C(1) << 3)
#define LIBSPAWN_PROCESS_GROUP (UINT64_C(1) << 4)
#define LIBSPAWN_TERMINAL_FD (UINT64_C(1) << 5)
#define LIBSPAWN_UID (UINT64_C(1) << 6)
#define LIBSPAWN_GID (UINT64_C(1) << 7)
#define LIBSPAWN_GROUPS (UINT64_C(1) << 8)
#define LIBSPAWN_AMBIENT_CAPS (UINT64_C(1) << 9)
#define LIBSPAWN_BOUNDING_CAPS (UINT64_C(1) << 10)
#define LIBSPAWN_SECUREBITS (UINT64_C(1) << 11)
#define LIBSPAWN_NICE (UINT64_C(1) << 12)
#define LIBSPAWN_SCHEDULER (UINT64_C(1) << 13)
#define LIBSPAWN_IO_PRIORITY (UINT64_C(1) << 14)
#define LIBSPAWN_OOM_SCORE_ADJ (UINT64_C(1) << 15)
#define LIBSPAWN_TIMER_SLACK (UINT64_C(1) << 16)
#define LIBSPAWN_CGROUP_FD (UINT64_C(1) << 17)
#define LIBSPAWN_LANDLOCK_FD (UINT64_C(1) << 18)
#define LIBSPAWN_BUSY_RETRY (UINT64_C(1) << 19)

/* Things to do. */

/* Leave descriptors that the caller did not name as exec would. */
#define LIBSPAWN_INHERIT_FDS (UINT64_C(1) << 32)
/*
 * Run a file that the kernel refuses with ENOEXEC through /bin/sh, as execvp()
 * does. Not with LIBSPAWN_PROGRAM_FD (EINVAL).
 */
#define LIBSPAWN_SHELL_FALLBACK (UINT64_C(1) << 33)
/* Set ignored signals to their default too. */
#define LIBSPAWN_DEFAULT_SIGNALS (UINT64_C(1) << 34)
/* A session of the child's own: setsid(2). Not with LIBSPAWN_PROCESS_GROUP. */
#define LIBSPAWN_NEW_SESSION (UINT64_C(1) << 35)
/*
 * Make the terminal (terminal_fd, or else the LIBSPAWN_FD_PTY of the table)
 * the controlling terminal. Needs LIBSPAWN_NEW_SESSION. ioctl_tty(2).
 */
#define LIBSPAWN_CONTROLLING_TERMINAL (UINT64_C(1) << 36)
/*
 * Make the child's process group the foreground group of the terminal, with
 * SIGTTOU held back: tcsetpgrp(3). The terminal is found as above.
 */
#define LIBSPAWN_FOREGROUND (UINT64_C(1) << 37)
/* execve() grants no privileges from here on. Linux; PR_SET_NO_NEW_PRIVS. */
#define LIBSPAWN_NO_NEW_PRIVS (UINT64_C(1) << 38)
/* Return a descriptor for the process. Linux >= 5.2; pidfd_open(2). */
#define LIBSPAWN_PIDFD (UINT64_C(1) << 39)
/* Let LIBSPAWN_BACKEND_ANY come to the fork backend when no other can. */
#define LIBSPAWN_ALLOW_FORK (UINT64_C(1) << 40)

/* ---- Lists ------------------------------------------------------------- */

/* How one descriptor of the child comes to be. */
enum libspawn_fd_kind {
	/* A copy of the caller's parent_fd. */
	LIBSPAWN_FD_FROM = 1,
	/* A copy of what entry number `entry` of the table makes. */
	LIBSPAWN_FD_SAME = 2,
	/*
	 * open(path, open_flags, open_mode), in the child, relative to the
	 * caller's working directory. O_CLOEXEC is not allowed (EINVAL).
	 */
	LIBSPAWN_FD_OPEN = 3,
	/* /dev/null, open for reading and writing. */
	LIBSPAWN_FD_NULL = 4,
	/* The reading end of a new pipe; the caller gets the writing end. */
	LIBSPAWN_FD_PIPE_READ = 5,
	/* The writing end of a new pipe; the caller gets the reading end. */
	LIBSPAWN_FD_PIPE_WRITE = 6,
	/* The child's side of a new pseudo-terminal; at most one an entry. */
	LIBSPAWN_FD_PTY = 7,
	/* Closed in the child. Not open already is no error. */
	LIBSPAWN_FD_CLOSE = 8,
};

/*
 * One row of the descriptor table: what the child's descriptor child_fd is.
 * The rows together are one simultaneous assignment: order does not matter,
 * swaps and cycles work, a descriptor mapped to its own number is inherited.
 * Two rows for one child_fd are EINVAL. Fields a kind does not use must be 0.
 */
struct libspawn_fd {
	int32_t child_fd;    /* >= 0 */
	uint32_t kind;	     /* enum libspawn_fd_kind */
	int32_t parent_fd;   /* FROM: a descriptor of the caller */
	uint32_t entry;	     /* SAME: a row that is not itself SAME, CLOSE */
	uint32_t open_flags; /* OPEN: O_RDONLY, O_CREAT, ... of open(2) */
	uint32_t open_mode;  /* OPEN: permissions of a new file */
	const char *path;    /* OPEN */
	/*
	 * PIPE_READ, PIPE_WRITE, PTY: receives the caller's end, close-on-exec
	 * and above 2. Written on success only; the caller closes it.
	 */
	int32_t *parent_end;
	uint32_t spare[2]; /* 0 */
};

/* rlimit flags. */
#define LIBSPAWN_RLIMIT_KEEP_SOFT 1u /* leave the soft limit as it is */
#define LIBSPAWN_RLIMIT_KEEP_HARD 2u /* leave the hard limit as it is */
#define LIBSPAWN_RLIMIT_INFINITY UINT64_MAX

/* One resource limit: setrlimit(2), in the units given there. */
struct libspawn_rlimit {
	uint64_t soft; /* LIBSPAWN_RLIMIT_INFINITY: no limit */
	uint64_t hard;
	int32_t resource;  /* RLIMIT_NOFILE, ... */
	uint32_t flags;	   /* 0: both; or LIBSPAWN_RLIMIT_KEEP_SOFT, _HARD */
	uint32_t spare[2]; /* 0 */
};

/* One instruction of a seccomp filter: struct sock_filter of bpf(4). */
struct libspawn_bpf {
	uint16_t code;
	uint8_t jump_true;
	uint8_t jump_false;
	uint32_t operand;
};

/* Where a program without a '/' in its name is looked for. */
enum libspawn_search {
	LIBSPAWN_SEARCH_NONE = 0,	 /* nowhere: it is a path */
	LIBSPAWN_SEARCH_PARENT_PATH = 1, /* PATH of the caller */
	LIBSPAWN_SEARCH_CHILD_PATH = 2,	 /* PATH of the child's environment */
	LIBSPAWN_SEARCH_LIST = 3,	 /* search_list */
};

/* Longest lists. More is E2BIG with the step of the list. */
#define LIBSPAWN_FDS_MAX 65536u
#define LIBSPAWN_GROUPS_MAX 65536u
#define LIBSPAWN_RLIMITS_MAX 64u
#define LIBSPAWN_CPUS_MAX 8192u
#define LIBSPAWN_NAMESPACES_MAX 64u
#define LIBSPAWN_SECCOMP_MAX 4096u
/* Longest argument or variable in bytes, with its NUL. execve(2), Linux. */
#define LIBSPAWN_STRING_MAX 131072u

/* ---- Options ----------------------------------------------------------- */

/*
 * What to do on the way to the program. Zero it, set size, set what you need.
 * Everything pointed to is borrowed until libspawn_start() returns.
 *
 * The child does things in this order, whatever the order of the fields:
 * signal dispositions; session, process group, terminal, foreground; cgroup;
 * scheduler, nice, affinity, I/O priority, timer slack; rlimits, umask,
 * oom_score_adj; namespaces entered, then unshared; descriptors; groups, gid,
 * bounding capabilities; chroot; uid; ambient capabilities, securebits;
 * parent-death signal; cwd; no_new_privs; Landlock; seccomp; signal mask; exec.
 *
 * A signal set has bit n-1 for signal n, a capability set bit n for
 * capability n.
 *
 * size: a smaller struct is taken as if the rest were 0; a larger one only if
 * what this library does not know of it is 0 (else E2BIG), as openat2(2) does.
 */
struct libspawn_options {
	uint32_t size;	  /* sizeof(struct libspawn_options) */
	uint32_t backend; /* enum libspawn_backend; 0: the best that can */
	uint64_t flags;	  /* LIBSPAWN_..., or'ed */

	/*
	 * Signals. Handlers are always set to default, as exec does. These
	 * sets are then set to default and to ignored; a signal in both, and
	 * SIGKILL or SIGSTOP in either, is EINVAL. For the usual SIGPIPE:
	 * signal_default = 1 << (SIGPIPE - 1). sigaction(2).
	 */
	uint64_t signal_default;
	uint64_t signal_ignore;
	/* With LIBSPAWN_SIGNAL_MASK; without: the caller's. sigprocmask(2). */
	uint64_t signal_mask;

	/*
	 * With their flags. Linux; capabilities(7). ambient_caps become
	 * permitted, inheritable and ambient, also across a change of uid;
	 * no other capability is ambient then. bounding_caps are those to
	 * keep; all others are dropped. A number beyond the kernel's last
	 * capability is EINVAL in ambient_caps, harmless in bounding_caps.
	 */
	uint64_t ambient_caps;
	uint64_t bounding_caps;

	/* CLONE_NEW... of unshare(2), or'ed; 0: none. Linux. */
	uint64_t unshare;
	/* Nanoseconds, with LIBSPAWN_TIMER_SLACK. Linux; PR_SET_TIMERSLACK. */
	uint64_t timer_slack;

	/*
	 * With LIBSPAWN_PROGRAM_FD, execute the file open on program_fd; the
	 * program argument is then only a name for messages. A script needs
	 * program_fd inherited, or its interpreter can't open it. Linux;
	 * execveat(2).
	 */
	int32_t program_fd;
	/* enum libspawn_search. An empty list element is the cwd. */
	uint32_t search;
	const char *search_list; /* SEARCH_LIST: directories, ':' between */

	/*
	 * The environment: NULL for a copy of the caller's, else this
	 * NULL-terminated list of NAME=VALUE (an empty list is an empty
	 * environment). Then the names in env_unset are removed, then env_set
	 * overlaid, each NULL or NULL-terminated. environ(7).
	 */
	char *const *env;
	char *const *env_unset; /* NAME; one with '=' or empty is EINVAL */
	char *const *env_set;	/* NAME=VALUE; without '=' is EINVAL */

	/*
	 * Working directory: a path, or with LIBSPAWN_CWD_FD a descriptor
	 * (both: EINVAL). chdir(2). A relative program is then relative to it.
	 */
	const char *cwd;
	/* New root directory, and cwd "/" in it unless given. chroot(2). */
	const char *root;
	int32_t cwd_fd;
	uint32_t umask; /* 0 to 0777, with LIBSPAWN_UMASK. umask(2) */

	/* The descriptor table. */
	const struct libspawn_fd *fds;
	uint32_t fd_count;
	/* 0 for a new group, or a group to join, with its flag. setpgid(2). */
	int32_t process_group;
	/* A terminal of the caller's, with LIBSPAWN_TERMINAL_FD. */
	int32_t terminal_fd;

	/*
	 * Identity, each with its flag: real, effective and saved ids alike.
	 * setresuid(2), setgroups(2). LIBSPAWN_GROUPS with a count of 0 drops
	 * all supplementary groups; without the flag they stay, also when the
	 * uid changes: a program that drops privileges sets all three.
	 */
	uint32_t uid;
	uint32_t gid;
	uint32_t group_count;
	const uint32_t *groups;
	uint32_t securebits; /* Linux; SECBIT_... of capabilities(7) */

	/* Limits and scheduling. nice: -20 to 19, absolute. setpriority(2). */
	int32_t nice;
	const struct libspawn_rlimit *rlimits;
	uint32_t rlimit_count;
	/* Processor numbers; count 0: as the caller. sched_setaffinity(2). */
	uint32_t cpu_count;
	const uint32_t *cpus;
	/* SCHED_..., priority, with LIBSPAWN_SCHEDULER. Linux; sched(7). */
	int32_t sched_policy;
	int32_t sched_priority;
	/* Class << 13 | level; its flag. Linux; ioprio_set(2). */
	uint32_t io_priority;
	/* -1000 to 1000, with LIBSPAWN_OOM_SCORE_ADJ. Linux; proc(5). */
	int32_t oom_score_adj;

	/*
	 * A cgroup v2 directory to start in, with LIBSPAWN_CGROUP_FD. Linux;
	 * CLONE_INTO_CGROUP of clone(2), else cgroup.procs; cgroups(7).
	 */
	int32_t cgroup_fd;
	/*
	 * A signal sent to the child when the *thread* that called
	 * libspawn_start() ends; 0: none. A child whose parent has died
	 * already fails with ESRCH. Linux; PR_SET_PDEATHSIG.
	 */
	int32_t parent_death_signal;
	/* Namespaces to enter, by descriptor, in order. Linux; setns(2). */
	const int32_t *namespaces;
	uint32_t namespace_count;
	/* A ruleset, with LIBSPAWN_LANDLOCK_FD. Linux >= 5.13; landlock(7). */
	int32_t landlock_fd;
	/*
	 * A filter in force from the last moment before exec. It must allow
	 * rt_sigprocmask and execve (execveat), and for the report write and
	 * exit_group. Linux; seccomp(2).
	 */
	const struct libspawn_bpf *seccomp;
	uint32_t seccomp_count; /* instructions; 0: no filter */

	/*
	 * With LIBSPAWN_BUSY_RETRY: for how long, in microseconds, to retry an
	 * execve() that fails with ETXTBSY since another thread's child still
	 * holds the new file open; 0: not at all. Without: 100,000.
	 */
	uint32_t busy_retry;
};

/* ---- Results ----------------------------------------------------------- */

/* libspawn_process.fallbacks: what the kernel refused, and was replaced. */
#define LIBSPAWN_FALLBACK_CLONE3 1u	 /* clone() instead */
#define LIBSPAWN_FALLBACK_CLOSE_RANGE 2u /* /proc/self/fd, or one by one */
#define LIBSPAWN_FALLBACK_CGROUP 4u	 /* the child wrote cgroup.procs */
#define LIBSPAWN_FALLBACK_PIPE 8u	 /* memory not shared: pipe awaited */

/*
 * A started process. The caller waits for it, by libspawn_wait() or, on its
 * own account, by waitpid(); and closes pidfd, by libspawn_close() or close().
 *
 * The functions below take it by its address and keep in `state` what they
 * know of its end: use one copy of the struct. They take any child: for one
 * that was not started here, set pid, pidfd (or -1) and all else to 0.
 */
struct libspawn_process {
	int32_t pid;
	int32_t pidfd;	    /* with LIBSPAWN_PIDFD; close-on-exec; else -1 */
	uint32_t backend;   /* the enum libspawn_backend that ran */
	uint32_t retries;   /* of execve() after ETXTBSY */
	uint32_t fallbacks; /* LIBSPAWN_FALLBACK_..., or'ed */
	uint32_t state;	    /* the library's own; 0 after the start */
	uint32_t spare[2];  /* 0 */
};

/* Why a start failed. */
struct libspawn_error {
	int32_t code;	   /* an errno value, > 0 */
	int32_t step;	   /* enum libspawn_step */
	int32_t index;	   /* see enum libspawn_step, or -1 */
	int32_t signal;	   /* STEP_DIED: what killed the child; else 0 */
	uint32_t backend;  /* the backend that failed or declined, or 0 */
	uint32_t spare[3]; /* 0 */
};

/* ---- The end of a process ---------------------------------------------- */

/* What has become of a process. */
enum libspawn_end {
	LIBSPAWN_END_RUNNING = 0, /* it has not ended */
	LIBSPAWN_END_EXITED = 1,  /* code: its exit status, 0 to 255 */
	LIBSPAWN_END_KILLED = 2,  /* code: the signal that ended it */
	/*
	 * It has ended, and how is not to be known: somebody else reaped it
	 * (a waitpid() of another part of the program), SIGCHLD is ignored,
	 * or it never was a child of this process. wait(2).
	 */
	LIBSPAWN_END_LOST = 3,
};

/* libspawn_status.flags */
#define LIBSPAWN_STATUS_CORE 1u	  /* KILLED: it dumped core */
#define LIBSPAWN_STATUS_USAGE 2u  /* the figures of its usage count */
#define LIBSPAWN_STATUS_ASKED 4u  /* libspawn_stop() sent its signal */
#define LIBSPAWN_STATUS_FORCED 8u /* libspawn_stop() sent SIGKILL */

/*
 * How a process ended and what it used, with the children it has waited for:
 * getrusage(2). The usage is told once, by the call that reaps the process.
 */
struct libspawn_status {
	uint32_t end;	    /* enum libspawn_end */
	int32_t code;	    /* see there; else 0 */
	uint32_t flags;	    /* LIBSPAWN_STATUS_..., or'ed */
	uint32_t spare[7];  /* 0 */
	uint64_t user_us;   /* processor time, microseconds */
	uint64_t system_us; /* the same, in the kernel */
	uint64_t max_rss_kib;
	uint64_t minor_faults;
	uint64_t major_faults;
	uint64_t input_blocks;
	uint64_t output_blocks;
	uint64_t voluntary_switches;
	uint64_t involuntary_switches;
};

/* A timeout without an end; any number below 0 is one. */
#define LIBSPAWN_FOREVER (-1)

/* libspawn_signal(): to the process group that the process leads. */
#define LIBSPAWN_SIGNAL_GROUP 1u

/*
 * libspawn_stop.flags. GROUP: the signals go to the process group that the
 * process leads, and when it has ended, what is left of the group is killed.
 * CGROUP: in the end all processes in cgroup_fd and below it are killed. Linux;
 * before 5.14, which has no cgroup.kill, those in it only. cgroups(7)
 */
#define LIBSPAWN_STOP_GROUP 1u
#define LIBSPAWN_STOP_CGROUP 2u

/* How to stop a process; all-zero: kill it at once. size as in the options. */
struct libspawn_stop_how {
	uint32_t size;	   /* sizeof(struct libspawn_stop_how) */
	uint32_t flags;	   /* LIBSPAWN_STOP_..., or'ed */
	int32_t signal;	   /* that asks; 0: SIGTERM */
	int32_t cgroup_fd; /* a cgroup v2 directory, with its flag */
	/*
	 * For how long it may go on after being asked, in milliseconds; 0: it
	 * is not asked; below 0: for ever, it is never killed.
	 */
	int64_t grace_ms;
};

/* ---- Functions --------------------------------------------------------- */

/*
 * Start a program in a new process.
 *
 * Creates a process, applies the options in it and executes the program.
 * Returns when the program has taken over or a step has failed; a failed start
 * leaves nothing behind: no process, no zombie, no descriptor, no memory.
 *
 *   process  receives the result; written on success only
 *   program  a path, or a name to search for as options->search says
 *   argv     NULL-terminated arguments, the first being the program's own name
 *            by custom; at least one (an empty list is EINVAL)
 *   options  NULL for all-zero
 *   error    NULL, or receives the reason; written on failure only
 *
 * Returns   0, or an errno value, the same as error->code:
 *           EINVAL     process, program or argv is NULL; argv is empty; a
 *                      field, flag or combination has no meaning
 *           E2BIG      options->size exceeds what is known and the rest is not
 *                      0; a list or string is too long (step and index say
 *                      which); or execve() found all of them too long
 *           EFAULT     a list has a count and no address
 *           EBADF      a row of fds names a descriptor that is not open
 *           ENOTSUP    no backend here can do what is asked; step says what
 *           EMFILE, ENFILE, ENOMEM, EAGAIN
 *                      the caller or the system is out of descriptors, memory
 *                      or processes
 *           ECANCELED  the child was killed before exec (STEP_DIED)
 *           otherwise  what the system call of error->step returned: for
 *                      STEP_EXEC see execve(2), of which ENOENT, EACCES and
 *                      ENOEXEC are the common ones
 * Owns      nothing: all arguments are borrowed until return. The process and
 *           the descriptors it returns are the caller's.
 * Threads   any thread, concurrently. The caller's thread is suspended until
 *           exec; other threads run on. Reads environ and PATH as getenv()
 *           does: don't change them at the same time in another thread.
 * Signals   not async-signal-safe. Blocks all signals of this thread and
 *           disables its cancellation while it runs, and restores both.
 * Since     0.1
 */
LIBSPAWN_API int libspawn_start(struct libspawn_process *process,
				const char *program, char *const argv[],
				const struct libspawn_options *options,
				struct libspawn_error *error);

/*
 * Ask whether a backend would take these options here.
 *
 *   backend  an enum libspawn_backend; ANY asks for the first that would
 *   options  NULL for all-zero; pipes and terminals of its table are not made
 *   error    NULL, or receives what it declines: step and index of the option,
 *            and the backend that declined; written on failure only
 *
 * Returns   the enum libspawn_backend that would be used, > 0; or a negative
 *           errno value: -ENOTSUP if none would, or as libspawn_start() for
 *           options without a meaning
 * Owns      nothing.
 * Threads   any thread, concurrently.
 * Signals   not async-signal-safe.
 * Since     0.1
 */
LIBSPAWN_API int libspawn_query(uint32_t backend,
				const struct libspawn_options *options,
				struct libspawn_error *error);

/*
 * Wait for a process to end, and reap it.
 *
 * Looks at this process only and never at another child. It may be called
 * again: then it tells the same end, without the usage. With LIBSPAWN_PIDFD,
 * or where the kernel can open such a descriptor, the caller sleeps until the
 * end or the deadline; where it can't (Linux < 5.3, a filter, no descriptor
 * left), a wait with a deadline looks again, after at most 10 ms each time.
 *
 *   process     what libspawn_start() wrote
 *   timeout_ms  milliseconds, by CLOCK_MONOTONIC; 0 looks and does not wait;
 *               below 0 (LIBSPAWN_FOREVER): without end
 *   status      NULL, or receives the end; written whatever is returned, but
 *               for EINVAL
 *
 * Returns   0 if the process has ended, or an errno value:
 *           ETIMEDOUT  it is still running
 *           ECHILD     it is lost: see LIBSPAWN_END_LOST
 *           EINVAL     process is NULL, or its pid not above 0
 *           EBADF      its pidfd is not one
 *           otherwise  what waitid(2) returned
 * Owns      nothing; pidfd stays open.
 * Threads   any thread, concurrently, also for one process: all are told. No
 *           cancellation point.
 * Signals   not async-signal-safe. Sends and blocks none, needs no SIGCHLD;
 *           one that is caught does not end the wait.
 * Since     0.1
 */
LIBSPAWN_API int libspawn_wait(struct libspawn_process *process,
			       int64_t timeout_ms,
			       struct libspawn_status *status);

/*
 * Wait for any of many processes to end, and reap that one.
 *
 * Each end is told once: processes of which an end has been told by this or
 * another function are passed over, and so are elements that are NULL. A lost
 * process counts as ended.
 *
 *   processes   what to wait for
 *   count       how many
 *   timeout_ms  as in libspawn_wait()
 *   index       in: the element to look at first, 0 for the first call (taken
 *               modulo count); out: the one that ended. To pass back what it
 *               told plus 1 gives each process its turn
 *   status      NULL, or receives the end
 *
 * Returns   0 if one has ended (index, status->end: which and how), or an
 *           errno value, with nothing written:
 *           ETIMEDOUT  none has ended
 *           ECHILD     none is left to wait for
 *           EINVAL     processes or index is NULL, or a pid is not above 0
 *           ENOMEM     no memory: 8 bytes for each
 *           otherwise  what waitid(2) returned
 * Owns      nothing.
 * Threads   as libspawn_wait().
 * Signals   as libspawn_wait().
 * Since     0.1
 */
LIBSPAWN_API int libspawn_wait_any(struct libspawn_process *const *processes,
				   size_t count, int64_t timeout_ms,
				   size_t *index,
				   struct libspawn_status *status);

/*
 * Send a signal to a process, and never to another.
 *
 * No process is signalled whose end has been told; while the signal is on its
 * way none is reaped by libspawn_wait() in another thread. Against other parts
 * of the program that reap children, only a pidfd is safe.
 *
 *   process  what libspawn_start() wrote
 *   signal   its number; 0 only asks whether it could be sent
 *   flags    0, or LIBSPAWN_SIGNAL_GROUP
 *
 * Returns   0, or an errno value:
 *           ESRCH   its end has been told, or it is no child of this process
 *           EINVAL  process is NULL, its pid not above 0, no such signal or
 *                   flag, or GROUP for a process that leads no group
 *           EPERM   it runs as another user: kill(2)
 * Owns      nothing.
 * Threads   any thread, concurrently.
 * Signals   async-signal-safe.
 * Since     0.1
 */
LIBSPAWN_API int libspawn_signal(struct libspawn_process *process,
				 int32_t signal, uint32_t flags);

/*
 * Stop a process: ask it, wait, kill it if it has not ended by then, reap it.
 *
 * SIGCONT follows the signal that asks, for a process that is stopped. What it
 * took is in status->flags: neither ASKED nor FORCED for one that had ended
 * before, ASKED for one that obeyed, FORCED for one that had to be killed.
 * A process that sleeps in the kernel ends when that lets it.
 *
 *   process  what libspawn_start() wrote
 *   how      NULL for all-zero: kill at once
 *   status   NULL, or receives the end; written as libspawn_wait() does
 *
 * Returns   0 if the process has ended, or an errno value:
 *           ECHILD  it is lost: see LIBSPAWN_END_LOST
 *           EINVAL  process is NULL, its pid not above 0, no such signal or
 *                   flag, or GROUP for a process that leads no group
 *           E2BIG   how->size exceeds what is known and the rest is not 0
 *           EPERM   it runs as another user; it was left as it is
 *           EBUSY   some of the cgroup are still there after a second
 *           otherwise
 *                   what waitid(2), or opening and writing in cgroup_fd,
 *                   returned; the process itself is stopped all the same
 * Owns      nothing; cgroup_fd is borrowed.
 * Threads   any thread, concurrently; but with GROUP, let no other thread
 *           wait for this process: it would reap it before the rest is killed.
 * Signals   not async-signal-safe.
 * Since     0.1
 */
LIBSPAWN_API int libspawn_stop(struct libspawn_process *process,
			       const struct libspawn_stop_how *how,
			       struct libspawn_status *status);

/*
 * Close the pidfd of a process, if it has one. The process goes on, and can
 * still be waited for and signalled.
 *
 *   process  NULL does nothing
 *
 * Returns   nothing.
 * Owns      process->pidfd is -1 afterwards.
 * Threads   any thread, but not while another uses this process.
 * Signals   async-signal-safe.
 * Since     0.1
 */
LIBSPAWN_API void libspawn_close(struct libspawn_process *process);

/*
 * Say in one sentence what failed, for a person to act on, such as
 * "cwd '/nope': No such file or directory". For an ENOENT on a program that
 * exists, it reads the file to name the interpreter that is missing.
 *
 *   text     receives the sentence, always ended by a NUL if size > 0
 *   size     bytes at text; 0 to ask for the length only
 *   error    what libspawn_start() or libspawn_query() wrote
 *   program, argv, options
 *            what they were called with; each may be NULL
 *
 * Returns   the length in bytes without the NUL; if >= size, text was cut
 * Owns      nothing.
 * Threads   any thread, concurrently.
 * Signals   not async-signal-safe.
 * Since     0.1
 */
LIBSPAWN_API size_t libspawn_explain(char *text, size_t size,
				     const struct libspawn_error *error,
				     const char *program, char *const argv[],
				     const struct libspawn_options *options);

/*
 * Name a step after its option ("cwd"), or a backend ("clone").
 *
 * Returns   a constant string; "unknown" for a number that is not one
 * Owns      nothing: the string is static.
 * Threads   any thread, concurrently.
 * Signals   async-signal-safe.
 * Since     0.1
 */
LIBSPAWN_API const char *libspawn_step_name(int32_t step);
LIBSPAWN_API const char *libspawn_backend_name(uint32_t backend);

/*
 * Tell the version of the library.
 *
 * Returns   a constant string, "MAJOR.MINOR.PATCH"
 * Owns      nothing: the string is static.
 * Threads   any thread, concurrently.
 * Signals   async-signal-safe.
 * Since     0.1
 */
LIBSPAWN_API const char *libspawn_version(void);

#ifdef __cplusplus
}
#endif

#endif
