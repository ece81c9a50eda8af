/* SPDX-License-Identifier: MIT */
/*
 * What is measured: a method is one way to start the target program. A group
 * is a file methods_NAME.c, or one among the peers, that ends with its table; a
 * driver is a program of the core and one list of groups.
 */
#ifndef BENCH_METHOD_H
#define BENCH_METHOD_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The program that is started, and how. */
struct target {
	const char *program;
	char *const *argv;
};

/* A start that succeeded. */
struct started {
	pid_t pid;    /* for the harness to reap, without a reap of its own */
	int pidfd;    /* the harness closes it; or -1 */
	void *handle; /* what the method's own reap works with */
	/* When the caller's thread went on, though nothing ran yet; or 0. */
	uint64_t begun_ns;
};

/* What fork() or vfork() has returned to the parent. */
static inline int tell_pid(struct started *started, pid_t pid)
{
	if (pid < 0)
		return errno;
	started->pid = pid;
	return 0;
}

struct method {
	const char *name;
	const char *case_name;
	/* Given to prepare and start. */
	const void *data;
	/*
	 * Called once before any start; NULL if there is nothing to prepare.
	 * Returns NULL, or why this method can't be measured here.
	 */
	const char *(*prepare)(const void *data);
	/*
	 * Only what a user of the method would do between deciding to start
	 * the program and knowing that it runs. Returns 0 or an errno value.
	 */
	int (*start)(struct started *started, const struct target *target,
		     const void *data);
	/* The child's wait status, or -1; NULL: waitpid(started->pid). */
	int (*reap)(struct started *started);
	/* In each thread before its first start and after its last, or NULL. */
	void (*enter)(void);
	void (*leave)(void);
};

struct method_group {
	const struct method *methods;
	size_t count;
};

#define METHOD_GROUP(name, table)                                              \
	const struct method_group name = { table, sizeof(table) /              \
							  sizeof((table)[0]) }

/* methods_bare.c: no safety, no report of errors. */
extern const struct method_group floor_methods;
extern const struct method_group fork_methods;
/* methods_house.c: the floor with what others do by options. */
extern const struct method_group house_methods;
/* methods_libc.c: what the C library offers. */
extern const struct method_group libc_methods;
/* methods_libc_options.c: the same, with attributes and file actions. */
extern const struct method_group libc_options_methods;
/* methods_pipe.c: launchers that wait for a pipe to close. */
extern const struct method_group pipe_methods;
/* methods_libspawn.c: its backends, and the one that does not share memory. */
extern const struct method_group libspawn_methods;
extern const struct method_group libspawn_fork_methods;
/* methods_options.c: its clone backend, with options. */
extern const struct method_group libspawn_options_methods;

/* methods_sandbox.c: all namespaces and some mounts, by us and by others. */
extern const struct method_group sandbox_methods;
/* methods_begin.c: starts that do not wait, and then are waited for. */
extern const struct method_group begin_methods;
/* methods_hand.c: what is promised of each start, in a few lines. */
extern const struct method_group hand_methods;

/* methods_pipes.c: new pipes, with numbers kept for them. */
extern const struct method_group pipes_methods;

/* methods_rows.c: tables of many descriptors. */
extern const struct method_group rows_methods;

/*
 * Defined by each driver: its groups, ended by NULL. The floor comes first,
 * since each driver's ratios are against the floor in its own process.
 */
extern const struct method_group *const driver_groups[];

#endif
