/* SPDX-License-Identifier: MIT */
/*
 * What is measured: a method is one way to start the target program. Each
 * group of methods is a file methods_*.c that ends with its table; the tables
 * are listed in methods.c and nowhere else.
 */
#ifndef BENCH_METHOD_H
#define BENCH_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The program that is started, and how. */
struct target {
	const char *program;
	char *const *argv;
};

/* A start that succeeded. The harness reaps pid and closes pidfd (or -1). */
struct started {
	pid_t pid;
	int pidfd;
};

struct method {
	const char *name;
	const char *case_name;
	/* Its cost grows with the caller's memory: fewer starts are enough. */
	bool copies_memory;
	/*
	 * Called once before any start; NULL if there is nothing to prepare.
	 * Returns NULL, or why this method can't be measured here.
	 */
	const char *(*prepare)(void);
	/*
	 * Only what a user of the method would do between deciding to start
	 * the program and knowing that it runs. Returns 0 or an errno value.
	 */
	int (*start)(struct started *started, const struct target *target);
};

struct method_group {
	const struct method *methods;
	size_t count;
};

/* methods_bare.c: no safety, no report of errors. */
extern const struct method_group bare_methods;
/* methods_libc.c: what the C library offers. */
extern const struct method_group libc_methods;
/* methods_pipe.c: launchers that wait for a pipe to close. */
extern const struct method_group pipe_methods;
/* methods_libspawn.c */
extern const struct method_group libspawn_methods;

/* methods.c: all of them; the first group's first method is the floor. */
extern const struct method_group *const method_groups[];
extern const size_t method_group_count;
size_t method_total(void);

#endif
