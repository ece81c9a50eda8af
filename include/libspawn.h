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
 * are not all, and with its source. An option that the system or the backend
 * has no way for is refused with ENOTSUP and its step before any process
 * exists; one that this kernel does not know, at its step, with the errno of
 * the system call (as a rule ENOSYS or EINVAL). Nothing that was asked for is
 * ever ignored.
 */
#ifndef LIBSPAWN_H
#define LIBSPAWN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LIBSPAWN_API
#define LIBSPAWN_API
#endif

/* The version of this header; libspawn_version() tells the library's. */
#define LIBSPAWN_VERSION_MAJOR 0
#define LIBSPAWN_VERSION_MINOR 2
#define LIBSPAWN_VERSION_PATCH 0

/* Of <termios.h>, for who sets the modes of a terminal. */
struct termios;

/* ---- Backends ---------------------------------------------------------- */

/*
 * The ways to create a process, best first. Numbers are never reused.
 *
 * The environment variable LIBSPAWN_BACKEND, set to one of the names clone,
 * vfork, posix_spawn or fork, overrides options.backend; a set-user-ID or
 * set-group-ID program ignores it, and a library that was built with
 * LIBSPAWN_NO_OVERRIDE does not know it. Empty is as not set; with any other
 * value each start and query fails (EINVAL, STEP_BACKEND). FORK is only ever
 * taken when the caller names it in the options or sets LIBSPAWN_ALLOW_FORK.
 * One that the library was built without (LIBSPAWN_BACKENDS) declines as one
 * that the system lacks.
 */
enum libspawn_backend {
	LIBSPAWN_BACKEND_ANY = 0,   /* the first that can do the request */
	LIBSPAWN_BACKEND_CLONE = 1, /* clone(VM|VFORK), own stack; Linux */
	LIBSPAWN_BACKEND_VFORK = 2, /* as vfork() does */
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
	LIBSPAWN_STEP_FD = 27,	      /* index: in fds, then in keep_fds */
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
	LIBSPAWN_STEP_SECCOMP = 40,	/* index: in filters */
	LIBSPAWN_STEP_ENVIRONMENT = 41, /* index: in the list at fault */
	LIBSPAWN_STEP_SEARCH = 42,	/* the lists of a search */
	LIBSPAWN_STEP_EXEC = 43, /* index: the directory searched, or -1 */
	/* libspawn_run(): its streams; index: 0 input, 1 output, 2 error. */
	LIBSPAWN_STEP_CAPTURE = 44,
	LIBSPAWN_STEP_DETACH = 45, /* LIBSPAWN_DETACH */
	/* Not waiting: libspawn_begin(), LIBSPAWN_HOLD, start_timeout_ms. */
	LIBSPAWN_STEP_BEGIN = 46,
	/* A sandbox. */
	LIBSPAWN_STEP_NEW_NAMESPACES = 47,
	LIBSPAWN_STEP_UID_MAP = 48,   /* index: in id_maps */
	LIBSPAWN_STEP_GID_MAP = 49,   /* index: in id_maps */
	LIBSPAWN_STEP_SETGROUPS = 50, /* LIBSPAWN_DENY_SETGROUPS */
	LIBSPAWN_STEP_MOUNT = 51,     /* index: in mounts */
	LIBSPAWN_STEP_INIT = 52,      /* LIBSPAWN_INIT */
	/* Confinement: each is the option of this name. */
	LIBSPAWN_STEP_HOSTNAME = 53,
	LIBSPAWN_STEP_DOMAINNAME = 54,
	LIBSPAWN_STEP_LOOPBACK = 55,
	LIBSPAWN_STEP_TIME_OFFSETS = 56,
	LIBSPAWN_STEP_PERSONALITY = 57,
	LIBSPAWN_STEP_MEMORY_POLICY = 58, /* index: in its nodes */
	LIBSPAWN_STEP_SCHED_ATTR = 59,
	LIBSPAWN_STEP_NEW_CORE = 60,
	LIBSPAWN_STEP_SPECULATION = 61, /* index: in speculation */
	LIBSPAWN_STEP_TSC = 62,
	LIBSPAWN_STEP_INHERITABLE_CAPS = 63,
	LIBSPAWN_STEP_EXEC_LABEL = 64,
	LIBSPAWN_STEP_KEYRING = 65,
	LIBSPAWN_STEP_MEMORY_TRAITS = 66, /* coredump_filter too */
	LIBSPAWN_STEP_PID_VARIABLE = 67,
	LIBSPAWN_STEP_COUNT /* grows */
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
#define LIBSPAWN_PERSONALITY (UINT64_C(1) << 55)
#define LIBSPAWN_INHERITABLE_CAPS (UINT64_C(1) << 59)

/* Things to do. */

/* Leave descriptors that the caller did not name as exec would. */
#define LIBSPAWN_INHERIT_FDS (UINT64_C(1) << 32)
/*
 * Run a file that the kernel refuses with ENOEXEC through /bin/sh, as execvp()
 * does. Not with LIBSPAWN_PROGRAM_FD (EINVAL).
 */
#define LIBSPAWN_SHELL_FALLBACK (UINT64_C(1) << 33)
/*
 * Set ignored signals to their default too: all of them. The kernel has no one
 * call for that: it takes 62, which last half as long as the rest of a start. A
 * process of one thread reads in /proc what it ignores, and takes half as long.
 * Each signal of signal_default is one such call.
 */
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
/* Return a descriptor for the process. Linux >= 5.3; pidfd_open(2). */
#define LIBSPAWN_PIDFD (UINT64_C(1) << 39)
/* Let LIBSPAWN_BACKEND_ANY come to the fork backend when no other can. */
#define LIBSPAWN_ALLOW_FORK (UINT64_C(1) << 40)
/*
 * Let the child outlive the caller: in a session of its own, and not the
 * caller's child but init's, or the nearest subreaper's, which reaps it; a
 * caller that is one of these gets it back. Any other gets its pid, no SIGCHLD,
 * and can't wait for it; to signal, stop or wait for it, ask for LIBSPAWN_PIDFD
 * too, which tells how it ended on Linux >= 6.15. Not with
 * LIBSPAWN_PROCESS_GROUP or parent_death_signal, in a pipeline or for
 * libspawn_run(). Linux; the clone backend. Since 0.2.
 */
#define LIBSPAWN_DETACH (UINT64_C(1) << 41)
/*
 * With LIBSPAWN_GROUPS: that the kernel refuses to set them (EPERM of
 * setgroups(2), which takes a right) is no failure. They stay then, and
 * LIBSPAWN_FALLBACK_GROUPS says so. Since 0.2.
 */
#define LIBSPAWN_TRY_GROUPS (UINT64_C(1) << 42)
/*
 * Change the working directory (and the root) before groups, gid and uid: with
 * the caller's right to enter it, which the new user may not have. Without
 * this the new user must have that right. Since 0.2.
 */
#define LIBSPAWN_CWD_BEFORE_IDS (UINT64_C(1) << 43)
/*
 * Keep of gid and supplementary groups what is not given, although the uid
 * changes: for another user that is mostly a way back to the caller's rights,
 * and without this EINVAL; see uid. Since 0.2.
 */
#define LIBSPAWN_KEEP_GROUPS (UINT64_C(1) << 44)
/*
 * A child that a signal ends before exec counts as started: it is the caller's
 * to wait for, which tells the signal, as after posix_spawn(3) or fork(2) and
 * an exec. Without this such a start fails with LIBSPAWN_STEP_DIED, and leaves
 * nothing. With it the caller may hear of a start that fails, by SIGCHLD and in
 * a waitpid() for any child. As long as the library has not yet seen a program
 * executed in this process, the one to wait for may be another that was made to
 * end by the same signal. No effect with LIBSPAWN_DETACH. Since 0.2.
 */
#define LIBSPAWN_DEATH_IS_START (UINT64_C(1) << 45)
/*
 * A signal that is caught by the thread that waits for the process ends
 * libspawn_wait(), libspawn_wait_any(), libspawn_stop() and libspawn_run() with
 * EINTR, whether or not its handler has SA_RESTART; the first three can be
 * called again. One that comes before they sleep does not. It sets
 * LIBSPAWN_PROCESS_INTERRUPTIBLE. signal(7). Since 0.2.
 */
#define LIBSPAWN_INTERRUPTIBLE (UINT64_C(1) << 49)
/*
 * With LIBSPAWN_DETACH only (EINVAL): no session of its own. The child stays in
 * the caller's session and process group, as after a double fork(2), and gets
 * what their terminal sends: a hangup, Ctrl-C. LIBSPAWN_PROCESS_GROUP is
 * possible then. Since 0.2.
 */
#define LIBSPAWN_KEEP_SESSION (UINT64_C(1) << 51)
/*
 * libspawn_begin() only (else EINVAL): the child does nothing before
 * libspawn_release(), so that its pid can be put to use: to write its uid_map,
 * to move it to a cgroup, to attach to it. If its caller ends, it ends too,
 * within 100 ms; if that executes another program it waits on, so release or
 * cancel it before. Linux; the clone backend. Since 0.2.
 */
#define LIBSPAWN_HOLD (UINT64_C(1) << 56)
/*
 * libspawn_begin() only (else EINVAL): libspawn_pending_fd() has one. Since
 * 0.2.
 */
#define LIBSPAWN_POLL_FD (UINT64_C(1) << 57)
/*
 * What may not wait (libspawn_begin(), start_timeout_ms) may do so after all
 * where no backend can do otherwise: it tells LIBSPAWN_FALLBACK_WAITED. Without
 * this it is ENOTSUP with LIBSPAWN_STEP_BEGIN. Since 0.2.
 */
#define LIBSPAWN_MAY_WAIT (UINT64_C(1) << 58)
/*
 * A search goes on to the next place whatever exec said of the one before, and
 * if none will do, fails with the first error that was not ENOENT or ENOTDIR,
 * else with the last: the rule of Python's os.execvpe(). Without this, what is
 * neither missing nor EACCES ends the search, as in execvp(3). No effect where
 * nothing is searched. Since 0.2.
 */
#define LIBSPAWN_SEARCH_ON (UINT64_C(1) << 46)
/*
 * Put up the interface "lo" of the new network namespace, with 127.0.0.1 and
 * ::1. Only with CLONE_NEWNET in unshare or new_namespaces (EINVAL): that of
 * others is up, or is not the child's to put up. Linux; netdevice(7). Since
 * 0.2.
 */
#define LIBSPAWN_LOOPBACK (UINT64_C(1) << 53)
/*
 * Share no processor core with other processes at the same time: what runs on
 * its sibling threads is the program, its descendants, or nothing. ENODEV where
 * no processor has such threads, EINVAL where the kernel has no core
 * scheduling. Linux >= 5.14; PR_SCHED_CORE of prctl(2). Since 0.2.
 */
#define LIBSPAWN_NEW_CORE (UINT64_C(1) << 54)
/*
 * With CLONE_NEWUSER in new_namespaces (else EINVAL): the caller's effective
 * uid and gid are themselves in the new user namespace, and nobody else is
 * there: lines of id_maps in one word, for which nobody needs a right. The
 * child writes them. Not with id_maps (EINVAL). Since 0.2.
 */
#define LIBSPAWN_OWN_IDS (UINT64_C(1) << 47)
/*
 * With CLONE_NEWUSER in new_namespaces (else EINVAL): nobody in it may ever set
 * supplementary groups. Without: only where the child itself writes a map of
 * gids, as the kernel then demands it. user_namespaces(7). Since 0.2.
 */
#define LIBSPAWN_DENY_SETGROUPS (UINT64_C(1) << 48)
/*
 * With id_maps (else EINVAL): they are written by newuidmap(1) and newgidmap(1)
 * of the caller's PATH, which grant what /etc/subuid and /etc/subgid have.
 * Since 0.2.
 */
#define LIBSPAWN_ID_HELPERS (UINT64_C(1) << 50)
/*
 * With CLONE_NEWPID in new_namespaces (else EINVAL): the program is not the
 * first process of the new pid namespace, but the second. The first, which the
 * caller gets as its child, is a tiny one of the library's own: it reaps what
 * else is left to it, hands signals on to the program, and ends when that does,
 * with its exit status, or with 128 and the number of the signal that ended it;
 * all others there end with it. It leads the session or the process group that
 * the options ask for, with the program in it: so a signal that somebody sends
 * to that group comes to the program twice, once from here. It never stops when
 * the program does: no namespace lets it. It has no descriptor open. Not with
 * SCHED_DEADLINE or reset-on-fork (EINVAL); an exec_label is that of both.
 * Since 0.2.
 */
#define LIBSPAWN_INIT (UINT64_C(1) << 52)

/* ---- Lists ------------------------------------------------------------- */

/* How one descriptor of the child comes to be. */
enum libspawn_fd_kind {
	/* A copy of the caller's parent_fd. */
	LIBSPAWN_FD_FROM = 1,
	/* A copy of what entry number `entry` of the table makes. */
	LIBSPAWN_FD_SAME = 2,
	/*
	 * open(path, open_flags, open_mode), in the child, relative to the
	 * caller's working directory and in its root and mount namespace,
	 * whatever those of the child will be. O_CLOEXEC is not allowed
	 * (EINVAL). An open that waits, as that of a FIFO without its other
	 * end, holds the caller with all its signals blocked, for ever unless
	 * open_flags have O_NONBLOCK or start_timeout_ms is set; see
	 * libspawn_start(), Signals.
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
	/*
	 * One end of a new pair of connected sockets (AF_UNIX, SOCK_STREAM);
	 * the caller gets the other. socketpair(2). Since 0.2.
	 */
	LIBSPAWN_FD_SOCKET = 9,
	/*
	 * The row is passed over, whatever its child_fd: for a table whose rows
	 * have fixed places. SAME can't name it. Since 0.2.
	 */
	LIBSPAWN_FD_SKIP = 10,
	/* /dev/null, open for reading only, as shells have it. Since 0.2. */
	LIBSPAWN_FD_NULL_READ = 11,
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
	uint32_t entry;	     /* SAME: a row that is not SAME, CLOSE, SKIP */
	uint32_t open_flags; /* OPEN: O_RDONLY, O_CREAT, ... of open(2) */
	uint32_t open_mode;  /* OPEN: permissions of a new file */
	const char *path;    /* OPEN */
	/*
	 * PIPE_READ, PIPE_WRITE, PTY, SOCKET: receives the caller's end, close-
	 * on-exec and above 2. Written on success only; the caller closes it.
	 */
	int32_t *parent_end;
	uint32_t spare[2]; /* 0 */
};

/* The size of a terminal: ioctl_tty(2), TIOCSWINSZ. */
struct libspawn_window {
	uint16_t rows;
	uint16_t columns;
	uint16_t width;	 /* of all columns in pixels, or 0 */
	uint16_t height; /* of all rows */
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

/* libspawn_filter.flags: SECCOMP_FILTER_FLAG_... of seccomp(2). */
#define LIBSPAWN_FILTER_LOG 2u /* log what is neither allowed nor traced */
#define LIBSPAWN_FILTER_SPEC_ALLOW 4u /* leave speculation as it is */

/*
 * One seccomp filter of several. LIBSPAWN_FILTER_LOG needs Linux 4.14,
 * LIBSPAWN_FILTER_SPEC_ALLOW Linux 4.17. Since 0.2.
 */
struct libspawn_filter {
	const struct libspawn_bpf *instructions;
	uint32_t count;	   /* 1 to LIBSPAWN_SECCOMP_MAX */
	uint32_t flags;	   /* LIBSPAWN_FILTER_..., or'ed */
	uint32_t spare[2]; /* 0 */
};

/*
 * What the clocks of a time namespace are ahead of the caller's, or behind if
 * below 0: time_namespaces(7). Nanoseconds: 0 to 999,999,999. Since 0.2.
 */
struct libspawn_time_offsets {
	int64_t monotonic_s; /* CLOCK_MONOTONIC */
	int64_t boottime_s;  /* CLOCK_BOOTTIME */
	uint32_t monotonic_ns;
	uint32_t boottime_ns;
};

/*
 * struct sched_attr of sched_setattr(2), member for member. size: 0 for this
 * one, or sizeof(struct libspawn_sched_attr). Since 0.2.
 */
struct libspawn_sched_attr {
	uint32_t size;
	uint32_t policy;   /* SCHED_... */
	uint64_t flags;	   /* SCHED_FLAG_... */
	int32_t nice;	   /* SCHED_OTHER, SCHED_BATCH */
	uint32_t priority; /* SCHED_FIFO, SCHED_RR */
	uint64_t runtime;  /* SCHED_DEADLINE: nanoseconds */
	uint64_t deadline;
	uint64_t period;
	uint32_t util_min; /* with SCHED_FLAG_UTIL_CLAMP_MIN; Linux >= 5.3 */
	uint32_t util_max; /* with SCHED_FLAG_UTIL_CLAMP_MAX */
};

/* From which nodes memory comes: set_mempolicy(2). Since 0.2. */
struct libspawn_memory_policy {
	const uint32_t *nodes; /* below LIBSPAWN_NODES_MAX */
	uint32_t node_count;
	uint32_t mode;	   /* MPOL_..., with its flags; 0: MPOL_DEFAULT */
	uint32_t spare[2]; /* 0 */
};

/* libspawn_id_map.kinds */
#define LIBSPAWN_ID_UID 1u
#define LIBSPAWN_ID_GID 2u

/*
 * One line of the maps of a new user namespace: `count` ids from `outside` on,
 * as the caller sees them, are those from `inside` on in it. Lines of a kind
 * may not overlap, on neither side (EINVAL). user_namespaces(7). Since 0.2.
 */
struct libspawn_id_map {
	uint32_t kinds; /* LIBSPAWN_ID_UID, LIBSPAWN_ID_GID, or both */
	uint32_t inside;
	uint32_t outside;
	uint32_t count;	   /* > 0 */
	uint32_t spare[2]; /* 0 */
};

/* What one row of the mount table does. */
enum libspawn_mount_kind {
	/*
	 * source, a file or directory, is at target too. A directory that
	 * others are mounted in may need LIBSPAWN_MOUNT_RECURSIVE: in a new
	 * user namespace what they hide must not come to light (EINVAL).
	 */
	LIBSPAWN_MOUNT_BIND = 1,
	/* A new, empty directory in memory; data: "size=64m,mode=0700". */
	LIBSPAWN_MOUNT_TMPFS = 2,
	/*
	 * /proc of the child's pid namespace, without set-ID, devices, and
	 * programs; data: "hidepid=2,subset=pid". In a new user namespace the
	 * kernel grants it only to who sees all of a /proc already (EPERM): so
	 * before ROOT, not after it.
	 */
	LIBSPAWN_MOUNT_PROC = 3,
	/*
	 * A small /dev: null, zero, full, random, urandom and tty of the
	 * caller's, fd, stdin, stdout, stderr and core as links, an empty shm,
	 * and terminals of its own (pts, ptmx). It may be filled further by
	 * more rows, and made read-only by a last one.
	 */
	LIBSPAWN_MOUNT_DEV = 4,
	/* POSIX message queues of the child's IPC namespace. mq_overview(7) */
	LIBSPAWN_MOUNT_MQUEUE = 5,
	/* Layers; data: "lowerdir=...,upperdir=...,workdir=...". */
	LIBSPAWN_MOUNT_OVERLAY = 6,
	/* Any other file system: type, data, and source if it has one. */
	LIBSPAWN_MOUNT_FILESYSTEM = 7,
	/* The flags of what is mounted at target. Linux >= 5.8. */
	LIBSPAWN_MOUNT_REMOUNT = 8,
	/* Nothing but the directory target, of which the parent is there. */
	LIBSPAWN_MOUNT_DIRECTORY = 9,
	/* A symbolic link at target, to the text of source. */
	LIBSPAWN_MOUNT_SYMLINK = 10,
	/* Whether mounts under target come and go with their like elsewhere. */
	LIBSPAWN_MOUNT_PROPAGATION = 11,
	/*
	 * target is the root from here on, for later rows too, and what was
	 * outside of it is gone. pivot_root(2).
	 */
	LIBSPAWN_MOUNT_ROOT = 12,
};

/*
 * libspawn_mount.flags. READ_ONLY to NO_EXEC: of all kinds that mount (of DEV
 * NO_EXEC alone), and of REMOUNT. BIND with one of these needs Linux 5.8, and
 * before 5.12 a /proc.
 */
#define LIBSPAWN_MOUNT_READ_ONLY 1u
#define LIBSPAWN_MOUNT_NO_SUID 2u /* no set-ID, no file capabilities */
#define LIBSPAWN_MOUNT_NO_DEV 4u
#define LIBSPAWN_MOUNT_NO_EXEC 8u
/*
 * BIND, REMOUNT: what is mounted there can be written to, if it could in the
 * caller's namespace (else EPERM). Never what is mounted below it.
 */
#define LIBSPAWN_MOUNT_WRITABLE 16u
/* BIND, REMOUNT, PROPAGATION: and all that is mounted below. */
#define LIBSPAWN_MOUNT_RECURSIVE 32u
/*
 * Kinds that mount: make target first, a directory, or for BIND an empty file
 * (CREATE_FILE), in a directory that is there. It may be there already.
 */
#define LIBSPAWN_MOUNT_CREATE 64u
#define LIBSPAWN_MOUNT_CREATE_FILE 128u
/* PROPAGATION: one of these three. mount_namespaces(7) */
#define LIBSPAWN_MOUNT_PRIVATE 256u
#define LIBSPAWN_MOUNT_SLAVE 512u
#define LIBSPAWN_MOUNT_SHARED 1024u

/*
 * One row of the mount table. Rows are done in their order; paths are absolute
 * (EINVAL) and mean what they mean after the rows before. Fields that a kind
 * does not use must be 0. Nothing can be mounted on "/" (EINVAL): REMOUNT
 * changes its flags, ROOT moves it. Since 0.2.
 */
struct libspawn_mount {
	uint32_t kind;	    /* enum libspawn_mount_kind */
	uint32_t flags;	    /* LIBSPAWN_MOUNT_..., or'ed */
	const char *target; /* where */
	const char *source; /* BIND, SYMLINK; FILESYSTEM: or NULL */
	const char *type;   /* FILESYSTEM: "sysfs", ... */
	/* TMPFS, PROC, OVERLAY, FILESYSTEM: options of mount(8), or NULL. */
	const char *data;
	uint32_t mode; /* DIRECTORY, CREATE: 0 for 0755; CREATE_FILE: 0644 */
	uint32_t spare[3]; /* 0 */
};

/* Where a program without a '/' in its name is looked for. */
enum libspawn_search {
	LIBSPAWN_SEARCH_NONE = 0,	 /* nowhere: it is a path */
	LIBSPAWN_SEARCH_PARENT_PATH = 1, /* PATH of the caller */
	LIBSPAWN_SEARCH_CHILD_PATH = 2,	 /* PATH of the child's environment */
	LIBSPAWN_SEARCH_LIST = 3,	 /* search_list */
	/* Not looked for: the first of search_paths that will do. Since 0.2. */
	LIBSPAWN_SEARCH_PATHS = 4,
};

/* Longest lists. More is E2BIG with the step of the list. */
#define LIBSPAWN_FDS_MAX 65536u
#define LIBSPAWN_GROUPS_MAX 65536u
#define LIBSPAWN_RLIMITS_MAX 64u
#define LIBSPAWN_CPUS_MAX 8192u
#define LIBSPAWN_NAMESPACES_MAX 64u
#define LIBSPAWN_SECCOMP_MAX 4096u
#define LIBSPAWN_FILTERS_MAX 64u
#define LIBSPAWN_NODES_MAX 1024u
/*
 * Longest hostname and domainname in bytes, without a NUL, uname(2). More is
 * ENAMETOOLONG.
 */
#define LIBSPAWN_HOSTNAME_MAX 64u
/*
 * Longest exec_label and name of a keyring, with its NUL: a page. More is
 * ENAMETOOLONG.
 */
#define LIBSPAWN_LABEL_MAX 4096u
#define LIBSPAWN_ID_MAPS_MAX 340u
#define LIBSPAWN_MOUNTS_MAX 1024u
/* Longest argument or variable in bytes, with its NUL. execve(2), Linux. */
#define LIBSPAWN_STRING_MAX 131072u

/*
 * Sets for securebits, whatever the program is and does: capabilities(7). With
 * the first, nobody has or gains privileges by being or becoming user 0. With
 * the second, no capability becomes ambient either. All locked. Since 0.2.
 */
#define LIBSPAWN_SECUREBITS_NO_ROOT 0x2fu
#define LIBSPAWN_SECUREBITS_NO_AMBIENT 0xefu

/*
 * memory_traits: what execve(2) hands on from the memory of the child to that
 * of the program. NO_EXEC_GAIN: what was writable never becomes executable;
 * Linux >= 6.3, PR_SET_MDWE. NO_HUGE_PAGES: no transparent ones;
 * PR_SET_THP_DISABLE. MERGE: pages alike are merged (KSM); Linux >= 6.4,
 * PR_SET_MEMORY_MERGE. COREDUMP_FILTER: coredump_filter counts. Since 0.2.
 */
#define LIBSPAWN_MEMORY_NO_EXEC_GAIN 1u
#define LIBSPAWN_MEMORY_NO_HUGE_PAGES 2u
#define LIBSPAWN_MEMORY_MERGE 4u
#define LIBSPAWN_MEMORY_COREDUMP_FILTER 8u

/* ---- Options ----------------------------------------------------------- */

/*
 * What to do on the way to the program. Zero it, set size, set what you need.
 * Everything pointed to is borrowed until libspawn_start() returns.
 *
 * The child does things in this order, whatever the order of the fields: maps
 * of ids; signal dispositions; session, process group, terminal, foreground;
 * cgroup; rlimits that are raised; scheduler, nice, affinity, I/O priority,
 * timer slack, memory policy, core, personality; umask, oom_score_adj, exec
 * label, traits of the memory; descriptors; namespaces entered, then unshared;
 * time offsets, names of the host, loopback; mounts; rlimits that are lowered;
 * groups, gid, bounding capabilities; chroot; uid; inheritable and ambient
 * capabilities, securebits; cwd; parent-death signal; keyring; speculation,
 * TSC; the process of LIBSPAWN_INIT; pid_variable; no_new_privs; Landlock;
 * seccomp; signal mask; exec. With LIBSPAWN_CWD_BEFORE_IDS chroot and cwd come
 * before groups.
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

	/*
	 * CLONE_NEW... of unshare(2), or'ed; 0: none. With CLONE_NEWNS a
	 * cwd_fd is the same directory in the copy, and a cwd outside of it is
	 * EXDEV. Linux.
	 */
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
	 *
	 * A list that is given is never read together with the caller's
	 * environ, but for PATH with LIBSPAWN_SEARCH_PARENT_PATH and for
	 * LIBSPAWN_BACKEND. Where another thread may change that, a copy of the
	 * list made under the program's own lock is enough, together with
	 * another search and a library built without that variable.
	 */
	char *const *env;
	char *const *env_unset; /* NAME; one with '=' or empty is EINVAL */
	char *const *env_set;	/* NAME=VALUE; without '=' is EINVAL */

	/*
	 * Working directory: a path, or with LIBSPAWN_CWD_FD a descriptor
	 * (both: EINVAL). chdir(2). A relative program is then relative to it.
	 */
	const char *cwd;
	/*
	 * New root directory. chroot(2). The directory is then "/" in it, from
	 * where cwd, a relative program and what is searched are resolved, also
	 * if they are relative. A cwd that comes to lie outside, through a link
	 * of a /proc in it, is EXDEV; a cwd_fd with a root, or with
	 * mounts, is EINVAL.
	 *
	 * What you hand in yourself is outside: program_fd, what the table
	 * opens or copies, all that LIBSPAWN_INHERIT_FDS leaves open, and a
	 * program named through such a link. A directory that the program gets
	 * open is its way out; and so is root's right to chroot(2): set uid,
	 * gid and groups too.
	 */
	const char *root;
	int32_t cwd_fd;
	uint32_t umask; /* 0 to 0777, with LIBSPAWN_UMASK. umask(2) */

	/* The descriptor table. */
	const struct libspawn_fd *fds;
	uint32_t fd_count;
	/*
	 * 0 for a new group, or a group to join, with its flag. In a new pid
	 * namespace there is none to join (EINVAL). setpgid(2).
	 */
	int32_t process_group;
	/* A terminal of the caller's, with LIBSPAWN_TERMINAL_FD. */
	int32_t terminal_fd;

	/*
	 * Identity, each with its flag: real, effective and saved ids alike.
	 * setresuid(2), setgroups(2). LIBSPAWN_GROUPS with a count of 0 drops
	 * all supplementary groups; without the flag they stay.
	 *
	 * To become another user takes all three: from a caller who may change
	 * to any user (CAP_SETUID, or root), a uid that is not the caller's own
	 * (real, effective and saved) without groups or without gid is EINVAL
	 * with the step of what is missing, unless LIBSPAWN_KEEP_GROUPS says
	 * that the caller's are meant. So is any uid with namespaces or
	 * CLONE_NEWUSER: in another user namespace it may be another user.
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
	/*
	 * Namespaces to enter, by descriptor, in order. A mount namespace has
	 * a root of its own, which becomes root and cwd: root, cwd, program and
	 * search are resolved in it, the table is not. A cwd or cwd_fd that
	 * lies outside is EXDEV. One of time is entered by the fork backend
	 * alone: a child that shares its caller's memory is refused (EUSERS).
	 * Linux; setns(2).
	 */
	const int32_t *namespaces;
	uint32_t namespace_count;
	/* A ruleset, with LIBSPAWN_LANDLOCK_FD. Linux >= 5.13; landlock(7). */
	int32_t landlock_fd;
	/*
	 * A filter in force from the last moment before exec. It must allow
	 * rt_sigprocmask and execve (execveat), for the report write and
	 * exit_group, and to retry a busy program (busy_retry) sched_yield and
	 * nanosleep. Linux; seccomp(2).
	 */
	const struct libspawn_bpf *seccomp;
	uint32_t seccomp_count; /* instructions; 0: no filter */

	/*
	 * With LIBSPAWN_BUSY_RETRY: for how long, in microseconds, to retry an
	 * execve() that fails with ETXTBSY since another thread's child still
	 * holds the new file open; 0: not at all. Without: 100,000.
	 */
	uint32_t busy_retry;

	/*
	 * Of every new terminal (LIBSPAWN_FD_PTY) of the table, before the
	 * child has it: NULL, or its modes, tcsetattr(3), and its size. Since
	 * 0.2.
	 */
	const struct termios *terminal_modes;
	const struct libspawn_window *terminal_window;

	/*
	 * For how long the start may take until exec, in milliseconds; 0: for
	 * ever. After it the child is killed and the start fails with ETIMEDOUT
	 * and the step that was under way: the exec of a file on a file system
	 * that does not answer, the open of a FIFO in the table. Nothing is
	 * left behind, but what the kernel does not let go at once, as after
	 * libspawn_cancel(), and a program of other ids that may not be killed.
	 * One that has executed in time, with other ids, but gets no processor
	 * to leave the caller's memory, is waited for, ten seconds at most.
	 * ENOTSUP as for libspawn_begin(). Below 0: EINVAL. Since 0.2.
	 */
	int64_t start_timeout_ms;

	/*
	 * With LIBSPAWN_SEARCH_PARENT_PATH or _CHILD_PATH: the directories to
	 * search where PATH is not set, ':' between them; NULL:
	 * "/usr/local/bin:/bin:/usr/bin". With another search it is EINVAL.
	 * What C libraries take then, they disagree on. Since 0.2.
	 */
	const char *search_default;
	/*
	 * With LIBSPAWN_SEARCH_PATHS: the files to try, in order, each a path;
	 * NULL-terminated, at least one. program is then only a name for
	 * messages. The rules of a search say when to go on. Since 0.2.
	 */
	char *const *search_paths;
	/*
	 * Descriptors of the caller's that the child keeps under their number,
	 * also close-on-exec ones: each as a row FROM for itself, with index
	 * fd_count and up in errors. One that a row of fds makes, or that is
	 * here twice, is EINVAL. Since 0.2.
	 */
	const int32_t *keep_fds;
	/*
	 * The name of a variable that holds the program's own pid, as it sees
	 * itself by getpid(2), in decimal digits; NULL: none. It comes last, in
	 * the place of any other of that name. Nobody else can set it, since
	 * nobody knows the pid before. "LISTEN_PID": sd_listen_fds(3). With
	 * LIBSPAWN_INIT it is the program's, not that of the first process. One
	 * that is empty or has a '=' is EINVAL. Not posix_spawn. Since 0.2.
	 */
	const char *pid_variable;
	uint32_t keep_count; /* at most LIBSPAWN_FDS_MAX */
	uint32_t reserved;   /* 0 */

	/* ---- Confinement. Linux. Since 0.2. ---- */

	/*
	 * Names of the host and its NIS domain in the new UTS namespace; NULL:
	 * as in the caller's. Without CLONE_NEWUTS in unshare or
	 * new_namespaces EINVAL: those of other processes would change.
	 * sethostname(2), setdomainname(2).
	 */
	const char *hostname;
	const char *domainname;
	/*
	 * The context that the security module is to give to the program, as it
	 * takes it: for SELinux a context, for AppArmor "exec PROFILE". EINVAL
	 * if no module does. proc_pid_attr(5).
	 */
	const char *exec_label;
	/*
	 * A session keyring of its own instead of the caller's: "" for a new
	 * one without a name, or the name of one, which is joined if it is
	 * there; NULL: the caller's. keyctl(2), KEYCTL_JOIN_SESSION_KEYRING.
	 */
	const char *session_keyring;
	/*
	 * Of the new time namespace, with CLONE_NEWTIME in unshare (EINVAL),
	 * written to /proc/self/timens_offsets. The program is in it where exec
	 * enters it, as Linux 6.18 does; on older kernels, 6.1 for one, only
	 * its children are. ERANGE: a clock would be below 0.
	 */
	const struct libspawn_time_offsets *time_offsets;
	/*
	 * In the place of LIBSPAWN_SCHEDULER (both: EINVAL), and with nice
	 * after it: deadlines, reset on fork, utilisation clamps.
	 */
	const struct libspawn_sched_attr *sched_attr;
	/* NULL: as the caller's thread. ENOSYS on a kernel without NUMA. */
	const struct libspawn_memory_policy *memory_policy;
	/*
	 * More filters like seccomp, in force one after the other and after it:
	 * each must allow what the next needs, seccomp(2) too. Of the answers
	 * of all to a system call the strictest counts.
	 */
	const struct libspawn_filter *filters;
	/*
	 * With LIBSPAWN_INHERITABLE_CAPS: all capabilities that are
	 * inheritable, but for those that ambient_caps make so. A program gains
	 * them from its file, whoever runs it. capabilities(7).
	 */
	uint64_t inheritable_caps;
	uint32_t filter_count;
	/*
	 * With LIBSPAWN_PERSONALITY: PER_... and its flags, as one number:
	 * ADDR_NO_RANDOMIZE (0x40000), PER_LINUX32 (8). personality(2).
	 */
	uint32_t personality;
	/*
	 * By PR_SPEC_STORE_BYPASS, PR_SPEC_INDIRECT_BRANCH, PR_SPEC_L1D_FLUSH:
	 * 0 for as it is, or PR_SPEC_ENABLE (2), PR_SPEC_DISABLE (4),
	 * PR_SPEC_FORCE_DISABLE (8). ENXIO, EPERM: the kernel does not let
	 * anybody choose. PR_SET_SPECULATION_CTRL of prctl(2).
	 */
	uint32_t speculation[3];
	/*
	 * Reading the time stamp counter: PR_TSC_ENABLE (1), PR_TSC_SIGSEGV
	 * (2), or 0 for as it is. Without it the dynamic loader of glibc ends
	 * by SIGSEGV: for static programs. x86; PR_SET_TSC of prctl(2).
	 */
	uint32_t tsc;
	/*
	 * LIBSPAWN_MEMORY_..., or'ed. They belong to the memory, which a child
	 * shares with its caller, whom they would change for good: the fork
	 * backend alone has them, the others answer ENOTSUP.
	 */
	uint32_t memory_traits;
	/* Bits of /proc/self/coredump_filter: core(5). */
	uint32_t coredump_filter;
	/* ---- A sandbox. Linux; the clone backend alone. Since 0.2. ---- */

	/*
	 * CLONE_NEW... of clone(2), or'ed, but CLONE_NEWTIME (EINVAL): the
	 * namespaces that the process is created in. With CLONE_NEWPID the
	 * program is the first process of its pid namespace (see
	 * LIBSPAWN_INIT): what is orphaned there is its to reap; of signals
	 * sent from inside it only gets those that it has handlers for, from
	 * outside SIGKILL and SIGSTOP as well; when it ends, all others there
	 * are killed. unshare does not make it that, but its first child.
	 *
	 * CLONE_NEWUSER, which a user without rights has too, gives the child
	 * all capabilities over the other new ones; they end with exec unless
	 * the program is user 0 there. CLONE_NEWCGROUP begins at cgroup_fd.
	 * EPERM: a right is missing, or the system restricts user namespaces;
	 * ENOSPC: it has too many. namespaces(7).
	 */
	uint64_t new_namespaces;
	/*
	 * Who is who in the new user namespace (CLONE_NEWUSER in
	 * new_namespaces, else EINVAL); without a line an id is 65534 there,
	 * and can't be set. One line of each kind that maps the caller's own
	 * effective id, and that alone, the child writes (to a /proc, which
	 * must be there: ENOENT). For more the caller must have CAP_SETUID and
	 * CAP_SETGID, or ask for LIBSPAWN_ID_HELPERS: the child is held until
	 * they are written, as by libspawn_begin() and LIBSPAWN_HOLD, of which
	 * all then holds. EACCES: the caller is not dumpable
	 * (PR_SET_DUMPABLE), or not for 100 ms while others changed ids.
	 */
	const struct libspawn_id_map *id_maps;
	/*
	 * What is mounted, in the new mount namespace (CLONE_NEWNS in
	 * new_namespaces or unshare, else EINVAL). Unless the first row is
	 * PROPAGATION, all mounts are made private first. The cwd is "/"
	 * afterwards: root, cwd, program and search are resolved in what was
	 * made; the table of descriptors before.
	 */
	const struct libspawn_mount *mounts;
	uint32_t id_map_count;
	uint32_t mount_count;
};

/* ---- Results ----------------------------------------------------------- */

/* libspawn_process.fallbacks: what the kernel refused, and was replaced. */
#define LIBSPAWN_FALLBACK_CLONE3 1u	 /* clone() instead */
#define LIBSPAWN_FALLBACK_CLOSE_RANGE 2u /* /proc/self/fd, or one by one */
#define LIBSPAWN_FALLBACK_CGROUP 4u	 /* the child wrote cgroup.procs */
#define LIBSPAWN_FALLBACK_PIPE 8u	 /* memory not shared: pipe awaited */
#define LIBSPAWN_FALLBACK_GROUPS 16u	 /* with LIBSPAWN_TRY_GROUPS: kept */
#define LIBSPAWN_FALLBACK_WAITED 32u	 /* LIBSPAWN_MAY_WAIT was used */

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
	uint32_t flags;	    /* LIBSPAWN_PROCESS_..., the caller's to change */
	uint32_t spare[1];  /* 0 */
};

/* libspawn_process.flags: LIBSPAWN_INTERRUPTIBLE was set. Since 0.2. */
#define LIBSPAWN_PROCESS_INTERRUPTIBLE 1u
/*
 * The same: of the caller's table of descriptors only the low part was copied,
 * so that the start cost no more than in a program with few of them. Since 0.2.
 */
#define LIBSPAWN_PROCESS_SHARED_TABLE 2u

/* Why a start failed. */
struct libspawn_error {
	int32_t code;	   /* an errno value, > 0 */
	int32_t step;	   /* enum libspawn_step */
	int32_t index;	   /* see enum libspawn_step, or -1 */
	int32_t signal;	   /* STEP_DIED: what killed the child; else 0 */
	uint32_t backend;  /* the backend that failed or declined, or 0 */
	uint32_t stage;	   /* of a pipeline; else 0 */
	uint32_t spare[2]; /* 0 */
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
	 * or it never was a child of this process. wait(2). With a pidfd,
	 * Linux >= 6.15 tells even then, but for the usage: whoever has one
	 * loses a process only while its parent leaves it unreaped.
	 */
	LIBSPAWN_END_LOST = 3,
};

/* libspawn_status.flags */
#define LIBSPAWN_STATUS_CORE 1u	  /* KILLED: it dumped core */
#define LIBSPAWN_STATUS_USAGE 2u  /* the figures of its usage count */
#define LIBSPAWN_STATUS_ASKED 4u  /* libspawn_stop() sent its signal */
#define LIBSPAWN_STATUS_FORCED 8u /* its SIGKILL has ended it */

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

/* ---- Run and capture --------------------------------------------------- */

/* What one of the standard streams of a program that is run is. */
enum libspawn_stream {
	/* What the options' table says, else the caller's. */
	LIBSPAWN_STREAM_TABLE = 0,
	LIBSPAWN_STREAM_NULL = 1, /* /dev/null */
	/* A copy of the caller's fd: no byte passes through the caller. */
	LIBSPAWN_STREAM_FD = 2,
	/* A pipe, written from memory or read into it. */
	LIBSPAWN_STREAM_MEMORY = 3,
	/* A pipe; what is read is given to take(). Not for the input. */
	LIBSPAWN_STREAM_CALLBACK = 4,
	/* One stream with the output, which is not TABLE. The error only. */
	LIBSPAWN_STREAM_MERGED = 5,
};

/* What the child reads. Fields a kind does not use must be 0. */
struct libspawn_input {
	uint64_t size;	   /* MEMORY: how many bytes; 0: an empty input */
	const void *bytes; /* MEMORY */
	void *spare;	   /* NULL */
	uint32_t kind;	   /* enum libspawn_stream */
	int32_t fd;	   /* FD */
};

/* What the child writes. Fields a kind does not use must be 0. */
struct libspawn_output {
	/*
	 * MEMORY, CALLBACK: the most bytes to keep, or to give to take(); 0:
	 * no bound. What comes after them is read and thrown away, so that the
	 * child goes on, unless LIBSPAWN_CAPTURE_STOP_AT_LIMIT.
	 */
	uint64_t limit;
	/* MEMORY: the caller's own, of limit bytes; NULL: the library's. */
	void *buffer;
	/*
	 * CALLBACK: called in the caller's thread with each piece as it comes.
	 * Returns 0, or an errno value, which stops the child and is returned.
	 * It must return: no longjmp(), no exception.
	 */
	int (*take)(void *context, const void *bytes, size_t size);
	void *context; /* the first argument of take() */
	void *spare;   /* NULL */
	uint32_t kind; /* enum libspawn_stream */
	int32_t fd;    /* FD */
};

/* libspawn_capture.flags: linger_ms counts. */
#define LIBSPAWN_CAPTURE_LINGER 1u
/* Stop the child as soon as it has written more than a limit. */
#define LIBSPAWN_CAPTURE_STOP_AT_LIMIT 2u
/*
 * Start in a process group of its own (of a pipeline: in one for all stages).
 * LIBSPAWN_STOP_GROUP needs it, and nothing in the options that speaks of
 * groups or sessions.
 */
#define LIBSPAWN_CAPTURE_GROUP 4u

/*
 * What to do with the streams of a program that is run, and for how long.
 * All-zero: nothing, and for ever. size as in the options.
 */
struct libspawn_capture {
	uint32_t size;	/* sizeof(struct libspawn_capture) */
	uint32_t flags; /* LIBSPAWN_CAPTURE_..., or'ed */
	/* After so many milliseconds the child is stopped; 0: never. */
	int64_t timeout_ms;
	/*
	 * With LIBSPAWN_CAPTURE_LINGER: for how long, in milliseconds, to go
	 * on after the child has ended when somebody else (a process that it
	 * left behind) still holds its streams; below 0: until nobody does,
	 * or timeout_ms. What the child itself has written is read in any
	 * case. Without: 100.
	 */
	int64_t linger_ms;
	struct libspawn_input input;
	struct libspawn_output output;
	struct libspawn_output error;
	/* How it is stopped; NULL: killed. Output is read meanwhile. */
	const struct libspawn_stop_how *stop;
	/* NULL, or receives the end of each stage of a pipeline. */
	struct libspawn_status *statuses;
};

/* What came of an output. */
struct libspawn_captured {
	uint64_t size;	/* bytes kept, or given to take() */
	uint64_t total; /* bytes read: more, if the limit has cut them */
	uint64_t room;	/* the library's own */
	/* MEMORY: what was kept; if the library's, a NUL follows. Else NULL. */
	void *bytes;
	void *spare; /* NULL */
};

/* libspawn_result.flags */
#define LIBSPAWN_RUN_TIMED_OUT 1u  /* stopped after timeout_ms */
#define LIBSPAWN_RUN_OUTPUT_CUT 2u /* the output is longer than its limit */
#define LIBSPAWN_RUN_ERROR_CUT 4u  /* the same of the error */
#define LIBSPAWN_RUN_INPUT_LEFT 8u /* not all of the input was taken */
#define LIBSPAWN_RUN_LEFT_OPEN 16u /* somebody still held a stream */

/* What came of a program that was run: it has ended and is reaped. */
struct libspawn_result {
	struct libspawn_process process; /* of a pipeline: the last; no pidfd */
	struct libspawn_status status;	 /* the same; ASKED, FORCED: stopped */
	struct libspawn_captured output;
	struct libspawn_captured error;
	uint64_t input_size; /* bytes of the input that went into the pipe */
	uint32_t flags;	     /* LIBSPAWN_RUN_..., or'ed */
	uint32_t reserved;
	uint64_t spare[2]; /* 0 */
};

/* ---- Pipelines --------------------------------------------------------- */

/* libspawn_stage.flags: its error goes where its output goes, "2>&1". */
#define LIBSPAWN_STAGE_MERGE 1u

/* One program of a pipeline. */
struct libspawn_stage {
	const char *program; /* as the arguments of libspawn_start() */
	char *const *argv;
	/* 0 but in the first, 1 but in the last, may not be in its table. */
	const struct libspawn_options *options;
	void *spare;	/* NULL */
	uint32_t flags; /* LIBSPAWN_STAGE_..., or'ed */
	uint32_t reserved;
};

/* libspawn_start_pipeline(): all in one process group, led by the first. */
#define LIBSPAWN_PIPELINE_GROUP 1u

/* The longest pipeline. More is E2BIG. */
#define LIBSPAWN_STAGES_MAX 4096u

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
 *                      field, flag or combination has no meaning; the
 *                      environment's LIBSPAWN_BACKEND is no name of a backend
 *           E2BIG      options->size exceeds what is known and the rest is not
 *                      0; a list or string is too long (step and index say
 *                      which); or execve() found all of them too long
 *           EFAULT     a list has a count and no address
 *           EBADF      a row of fds, or a descriptor of an option, is not open
 *                      or below 0
 *           ENAMETOOLONG
 *                      a program that is to be searched for has a name of more
 *                      than 255 bytes; hostname, domainname, exec_label or
 *                      session_keyring is too long
 *           ENOTSUP    no backend here can do what is asked; step says what
 *           EMFILE, ENFILE, ENOMEM, EAGAIN
 *                      the caller or the system is out of descriptors, memory
 *                      or processes
 *           ETIMEDOUT  start_timeout_ms has passed; step says in which one
 *           ECANCELED  the child ended before exec without saying why, of
 *                      error->signal as a rule (STEP_DIED)
 *           otherwise  what the system call of error->step returned: for
 *                      STEP_EXEC see execve(2), of which ENOENT, EACCES and
 *                      ENOEXEC are the common ones
 * Owns      nothing: all arguments are borrowed until return. The process and
 *           the descriptors it returns are the caller's.
 * Threads   any thread, concurrently. The caller's thread is suspended until
 *           exec; other threads run on. Reads environ and PATH as getenv()
 *           does: don't change them at the same time in another thread.
 * Signals   not async-signal-safe. Blocks all signals of this thread and
 *           disables its cancellation while it runs, and restores both. A
 *           start that fails sends no SIGCHLD, and no wait for any child finds
 *           it, through the clone, vfork and fork backends of Linux; it does
 *           through posix_spawn, in emulators that know no other children, on
 *           other systems, and with LIBSPAWN_DEATH_IS_START. SIGTSTP, SIGTTIN
 *           and SIGTTOU that reach the child before exec stop it after; a
 *           SIGSTOP does so at once, and with it the caller, until SIGCONT.
 *           A step may wait without end: an open of the table, a directory of
 *           a file system that does not answer, a frozen cgroup_fd. The caller
 *           then waits, and only SIGKILL ends it; the child goes with it, on
 *           Linux, through the clone, vfork and fork backends.
 * Since     0.1
 */
LIBSPAWN_API int libspawn_start(struct libspawn_process *process,
				const char *program, char *const argv[],
				const struct libspawn_options *options,
				struct libspawn_error *error);

/*
 * Starts a program and does not wait for its exec.
 *
 * As libspawn_start(), but it returns as soon as there is a process: in a third
 * of the time, and also when the executable lies on a file system that does not
 * answer. What came of it is told by libspawn_finish(), once for each begun
 * start; or libspawn_cancel() ends it.
 *
 *   pending  receives the start that is under way; written on success only
 *   the rest as for libspawn_start()
 *
 * Ends of pipes and terminals that the table makes are written to the caller's
 * variables now, and are the caller's to close whatever comes of the start.
 *
 * Returns   0, or an errno value as libspawn_start(), of what fails before
 *           there is a process; and
 *           EINVAL     start_timeout_ms is set (STEP_BEGIN)
 *           EAGAIN     (STEP_CREATE) also: more than 2,000 starts that change
 *                      ids are under way in this process
 *           ENOTSUP    no backend can go on without waiting (STEP_BEGIN; see
 *                      LIBSPAWN_MAY_WAIT), or not with an option: oom_score_adj
 *                      and LIBSPAWN_DETACH, with their steps. Only the clone
 *                      and fork backends can, and the first only where a child
 *                      can share memory in truth, not in valgrind or qemu-user
 * Owns      copies of all it was given: the caller may free, unmap, overwrite
 *           and close it at once. *pending owns memory, the child until it has
 *           executed, and at most two descriptors (the pidfd, the pipe).
 * Threads   any thread, concurrently. The child may be at work in the caller's
 *           memory when this has returned: in its own stack and in a copy of
 *           what it was given. Until libspawn_finish() this process is not
 *           dumpable (PR_SET_DUMPABLE) if the child changes ids. The start
 *           is this process's: it can't be finished by one that was forked.
 *           dlclose() does not unload this library; a copy that is linked into
 *           another one must not be unloaded in between.
 * Signals   not async-signal-safe. As libspawn_start(), but that a stop signal
 *           or SIGQUIT that reached the child before exec is handed on by
 *           libspawn_finish(). Before Linux 5.16 one that dumps core in the
 *           child's last moment before exec ends this process too. clone(2),
 *           CLONE_VM.
 * Since     0.2
 */
struct libspawn_pending;
LIBSPAWN_API int libspawn_begin(struct libspawn_pending **pending,
				const char *program, char *const argv[],
				const struct libspawn_options *options,
				struct libspawn_error *error);

/*
 * Tells what came of a start, or that it is still under way.
 *
 *   pending     what libspawn_begin() wrote; it has ended when this returns
 *               anything but ETIMEDOUT, unless an argument was NULL
 *   timeout_ms  milliseconds to wait for exec, by CLOCK_MONOTONIC; 0 looks and
 *               does not wait; below 0 (LIBSPAWN_FOREVER): without end
 *   process     receives the process; written on success only
 *   error       NULL, or receives the reason; written on failure only
 *
 * Returns   0, or an errno value, the same as error->code: as libspawn_start()
 *           for what fails in the child, and
 *           ETIMEDOUT  it is under way, and can be finished later; error tells
 *                      the step that is (STEP_EXEC: the executable)
 *           EIO        also: the step of the child was ended by the system with
 *                      ETIMEDOUT, as on a network's file system
 *           EINVAL     also: pending or process is NULL (STEP_ARGUMENTS);
 *                      nothing was done
 * Owns      the process is the caller's; all else of the start is given back.
 * Threads   any thread, but one at a time for one start.
 * Signals   not async-signal-safe. Blocks none.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_finish(struct libspawn_pending *pending,
				 int64_t timeout_ms,
				 struct libspawn_process *process,
				 struct libspawn_error *error);

/*
 * Ends a start that is under way: kills whatever there is, also the program if
 * it has executed, and reaps it.
 *
 *   pending  what libspawn_begin() wrote; it has ended when this returns
 *            anything but EPERM and EINVAL
 *
 * Returns   0, or an errno value:
 *           ETIMEDOUT  the kernel did not let the process go within a second (a
 *                      file system that does not answer; ten for one with ids
 *                      of its own that gets no processor): it is killed, and
 *                      will be reaped, and its memory freed, by a later call of
 *                      libspawn_begin(), _finish() or _cancel()
 *           EPERM      it is a program with other ids that can't be killed:
 *                      libspawn_finish() hands it over
 *           EINVAL     pending is NULL
 * Owns, Threads, Signals   as libspawn_finish()
 * Since     0.2
 */
LIBSPAWN_API int libspawn_cancel(struct libspawn_pending *pending);

/*
 * Lets a child that was begun with LIBSPAWN_HOLD go on; no effect on another.
 *
 * Returns   0, or EINVAL if pending is NULL
 * Threads   any thread, until it is finished or cancelled.
 * Signals   async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_release(struct libspawn_pending *pending);

/*
 * The pid of a start that is under way; -1 for NULL. Until it is finished, only
 * libspawn_cancel() may kill it: a start that fails is reaped by the library.
 * Signals: async-signal-safe. Since 0.2.
 */
LIBSPAWN_API int libspawn_pending_pid(const struct libspawn_pending *pending);

/*
 * With LIBSPAWN_POLL_FD, a descriptor for poll(2), select(2) or epoll(7) that
 * is readable when there is something to finish; else -1. It is the library's:
 * it must not be read or closed, and is gone when the start has ended. It may
 * be readable too early, in the first start of a process: then a
 * libspawn_finish() that does not wait is ETIMEDOUT, and makes it unreadable.
 * Too late where another thread forks in the moment of the beginning: its child
 * keeps it unreadable as long as that does not execute. Who forks so looks from
 * time to time, by a libspawn_finish() that does not wait.
 * For epoll(7) use EPOLLONESHOT: the child of another start may have a copy of
 * it for a moment after it is closed here.
 * Signals: async-signal-safe. Since 0.2.
 */
LIBSPAWN_API int libspawn_pending_fd(const struct libspawn_pending *pending);

/*
 * Keep descriptors below 64 for the ends of pipes, sockets and terminals that
 * tables make. A program with many descriptors starts children as fast as one
 * with few if all that they are to have of it lies there, and the ends would be
 * above: so call this early, while low numbers are free. Each takes one number
 * of the caller's for good, and all together one more above 63, which stays;
 * one that the program closes, with all that it does not know, is given up.
 *
 *   count  of numbers to keep, in all, at most LIBSPAWN_RESERVE_MAX; 0 gives
 *          back those that no start has in use
 *
 * Returns   0, or an errno value, and then what was kept before:
 *           EINVAL   count is too large
 *           EMFILE   so many are not free below 64, or the table is full
 *           ENFILE   the system's is full
 *           EBUSY    another thread is in this call
 * Owns      the numbers, open and close-on-exec: the caller must not use them.
 *           A table that names one is EBADF (STEP_FD).
 * Threads   any thread, concurrently with starts. After fork(2) the child keeps
 *           its own.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
#define LIBSPAWN_RESERVE_MAX 32u
LIBSPAWN_API int libspawn_reserve_fds(uint32_t count);

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
 * A process with a pidfd need not be a child. One that is another's child is
 * told when that has reaped it; that is waited for until the deadline, and two
 * seconds at most. What was lost by then a later call may tell.
 *
 * It has been reaped on return, unless another thread is kept from running
 * amid a signal to it: then that thread reaps it.
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
 *           EINTR      a signal was caught, and the process is interruptible
 *           otherwise  what waitid(2) returned
 * Owns      nothing; pidfd stays open.
 * Threads   any thread, concurrently, also for one process: all are told. No
 *           cancellation point.
 * Signals   not async-signal-safe. Sends and blocks none, needs no SIGCHLD;
 *           one that is caught does not end the wait, unless
 *           LIBSPAWN_INTERRUPTIBLE.
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
 *           EINTR      a signal was caught, and one of them is interruptible
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
 *           ESRCH   its end has been told, or it has no pidfd and is no child
 *                   of this process
 *           EAGAIN  65,535 threads are signalling it at this moment
 *           EBADF   its pidfd is not one
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

#if !defined(LIBSPAWN_NO_AFTER)
/*
 * Stop a process: ask it, wait, kill it if it has not ended by then, reap it.
 *
 * SIGCONT follows the signal that asks, for a process that is stopped. What it
 * took is in status->flags: neither ASKED nor FORCED for one that had ended
 * before, ASKED for one that obeyed, FORCED for one that had to be killed and
 * was: not for one that no signal reached, or that ended by itself meanwhile.
 * A process that sleeps in the kernel ends when that lets it.
 *
 *   process  what libspawn_start() wrote
 *   how      NULL for all-zero: kill at once
 *   status   NULL, or receives the end; written as libspawn_wait() does, but
 *            not with E2BIG
 *
 * Returns   0 if the process has ended, or an errno value:
 *           ECHILD  it is lost: see LIBSPAWN_END_LOST
 *           EINVAL  process is NULL, its pid not above 0, no such signal or
 *                   flag, or GROUP for a process that leads no group
 *           E2BIG   how->size exceeds what is known and the rest is not 0
 *           EPERM   it runs as another user; it was left as it is, and with
 *                   GROUP its group too
 *           EAGAIN  65,535 threads are signalling it at this moment: it, or
 *                   with GROUP the rest of its group, was not killed
 *           EBUSY   some of the cgroup are still there after a second
 *           EINTR   a signal was caught, and it is interruptible; it may have
 *                   been asked, and is not reaped
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
#endif

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

#if !defined(LIBSPAWN_NO_AFTER)
/*
 * Run a program to its end: start it, write its input, read its output and
 * error, wait for it and reap it.
 *
 * The streams are served together, so no order of reading and writing can
 * block the child. It ends when the child has ended and its streams have, or
 * when capture->linger_ms or timeout_ms has passed: neither a child that does
 * not end nor a process that it left behind can hold the caller, unless it is
 * another user's by now and can't be killed. The memory in use is never more
 * than the limits and 1 MiB.
 *
 *   result   receives what came of it; written on success only
 *   program, argv, options
 *            as in libspawn_start()
 *   capture  NULL for all-zero: start it and wait
 *   error    NULL, or receives the reason; written on failure only
 *
 * Returns   0 if the program has run, however it ended (result->status) and
 *           whatever happened to it (result->flags); or an errno value, and
 *           then nothing is left of it:
 *           EINVAL   result is NULL; a field of capture has no meaning
 *                    (STEP_CAPTURE; index: 0 input, 1 output, 2 error); a row
 *                    of fds is for a stream that is captured, or makes a pipe,
 *                    a socket or a terminal, whose end the caller could not
 *                    serve (STEP_FD); LIBSPAWN_DETACH is set (STEP_DETACH);
 *                    the options speak of groups or sessions, with
 *                    LIBSPAWN_CAPTURE_GROUP (STEP_PROCESS_GROUP)
 *           EBADF    an fd of capture is not open (STEP_CAPTURE)
 *           EINTR    a signal was caught, and LIBSPAWN_INTERRUPTIBLE is set:
 *                    the program was killed (STEP_CAPTURE)
 *           E2BIG    capture->size exceeds what is known and the rest is not 0
 *           EMFILE, ENFILE, ENOMEM
 *                    no descriptors or memory for a stream (STEP_CAPTURE)
 *           otherwise
 *                    as libspawn_start(), or what take() returned
 *                    (STEP_CAPTURE)
 * Owns      the library's memory in result, until libspawn_free(result).
 * Threads   any thread, concurrently. No cancellation point.
 * Signals   not async-signal-safe. SIGPIPE is held back in this thread while
 *           it writes, and one of its own making is taken back: the caller's
 *           disposition and mask are as they were. Needs no SIGCHLD.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_run(struct libspawn_result *result,
			      const char *program, char *const argv[],
			      const struct libspawn_options *options,
			      const struct libspawn_capture *capture,
			      struct libspawn_error *error);

/*
 * The same for a pipeline: capture->input is the input of the first stage,
 * output the output of the last, error that of all stages.
 *
 *   stages   one after the other
 *   count    how many, 1 to LIBSPAWN_STAGES_MAX
 *   others   as in libspawn_run(); capture->statuses receives count ends
 *
 * Returns   as libspawn_run() and libspawn_start_pipeline()
 * Owns      as libspawn_run().
 * Threads   as libspawn_run().
 * Signals   as libspawn_run().
 * Since     0.2
 */
LIBSPAWN_API int libspawn_run_pipeline(struct libspawn_result *result,
				       const struct libspawn_stage *stages,
				       uint32_t count,
				       const struct libspawn_capture *capture,
				       struct libspawn_error *error);

/*
 * Free the library's memory in a result.
 *
 *   result  NULL does nothing; one that was freed is empty
 *
 * Returns   nothing.
 * Owns      result->output.bytes and result->error.bytes are NULL afterwards,
 *           unless they are buffers of the caller's.
 * Threads   any thread.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API void libspawn_free(struct libspawn_result *result);

/*
 * Start programs of which each reads what the one before it writes.
 *
 * All are started or none stays: when one fails, the others are killed and
 * reaped, and of several that fail the first in the pipeline is told. Where the
 * clone backend can, and a start of this process has executed before, all are
 * begun before the exec of any is awaited; not with LIBSPAWN_PIPELINE_GROUP, in
 * a process that is traced, and a stage that has oom_score_adj or
 * start_timeout_ms, or other ids, rights or namespaces than the caller. One
 * that can't be killed, as it has other ids by then, is waited for.
 *
 *   processes  receives count results; written on success only
 *   stages     one after the other; the first has the input of its table or
 *              the caller's, the last the same of the output
 *   count      how many, 1 to LIBSPAWN_STAGES_MAX
 *   flags      0, or LIBSPAWN_PIPELINE_GROUP: nothing in the stages' options
 *              may then speak of process groups or sessions. Where SIGCHLD is
 *              ignored and the group is gone before a stage could join it,
 *              that stage leads a new one
 *   error      NULL, or receives the reason; written on failure only;
 *              error->stage is the stage that failed
 *
 * Returns   0, or an errno value, the same as error->code:
 *           EINVAL     processes or stages is NULL, count is 0, a flag or
 *                      spare has no meaning (STEP_ARGUMENTS); a stage asks for
 *                      LIBSPAWN_DETACH (STEP_DETACH), or with
 *                      LIBSPAWN_PIPELINE_GROUP for a group or session
 *                      (STEP_PROCESS_GROUP); or its table has a row for what
 *                      the pipeline makes: for 0 but in the first, 1 but in
 *                      the last, 2 with LIBSPAWN_STAGE_MERGE (STEP_FD)
 *           E2BIG      count is above LIBSPAWN_STAGES_MAX
 *           otherwise  as libspawn_start() for that stage
 * Owns      nothing: all arguments are borrowed until return. The processes
 *           and the descriptors that the tables return are the caller's.
 * Threads   as libspawn_start().
 * Signals   as libspawn_start().
 * Since     0.2
 */
LIBSPAWN_API int libspawn_start_pipeline(struct libspawn_process *processes,
					 const struct libspawn_stage *stages,
					 uint32_t count, uint32_t flags,
					 struct libspawn_error *error);
#endif

/*
 * Tell a terminal its new size. Its foreground process group gets SIGWINCH.
 *
 *   terminal  the caller's end of a LIBSPAWN_FD_PTY, or another's descriptor
 *   window    its size from now on
 *
 * Returns   0, or an errno value:
 *           EINVAL     window is NULL
 *           EBADF, ENOTTY
 *                      terminal is not open, or is none
 * Owns      nothing.
 * Threads   any thread, concurrently.
 * Signals   async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_resize(int32_t terminal,
				 const struct libspawn_window *window);

/*
 * Say in one sentence what failed, for a person to act on, such as
 * "cwd '/nope': No such file or directory". Where a program could not be
 * executed it looks, without waiting, at the file, its interpreter and loader,
 * and says "perhaps" of what it can't know; docs/sentences.md has a table.
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
 * Tell which of the caller's strings an error is about, for a runtime that puts
 * a file name into its exceptions.
 *
 *   error    what libspawn_start() or libspawn_query() wrote
 *   program, options
 *            what they were called with; each may be NULL
 *
 * Returns   the program, or of search_paths the one that failed; the cwd; the
 *           root; the path of a row: one of the arguments' own strings; NULL if
 *           the error is about none
 * Owns      nothing: the string is the caller's.
 * Threads   any thread, concurrently.
 * Signals   async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API const char *
libspawn_error_path(const struct libspawn_error *error, const char *program,
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
