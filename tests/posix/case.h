/* SPDX-License-Identifier: MIT */
/*
 * A case: a body that runs in a process and a folder of its own, in which a
 * failed assertion, a crash, a hang or anything left behind fails the test.
 * What it calls is in posix.h; what the started program saw, the probe tells.
 *
 * A test program takes the way it was built and the probe's path:
 *
 *	libc        against libc, as it is
 *	preload     the same program, with the drop-in in LD_PRELOAD
 *	ours        linked with the drop-in ahead of libc
 *	static      the same with the static drop-in: it is in the program
 *	redirected  by the macros of libspawn_posix.h
 *	musl        linked statically with musl and the drop-in
 */
#ifndef TESTS_POSIX_CASE_H
#define TESTS_POSIX_CASE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs four of the above. */
#include <cmocka.h>
#include <pthread.h>

#include "own_process.h"
#include "posix.h"

struct body {
	void (*run)(void);
};
void run_case(void **body);
#define CASE(name)                                                             \
	{                                                                      \
#name, run_case, NULL, NULL, &(struct body)                    \
		{                                                              \
			name                                                   \
		}                                                              \
	}

int case_main(int argc, char **argv, const struct CMUnitTest *tests,
	      size_t count);
#define CASE_MAIN(tests)                                                       \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		return case_main(argc, argv, (tests),                          \
				 sizeof(tests) / sizeof(tests)[0]);            \
	}

/* The way under test, see above. */
extern const char *case_way;
extern const char *case_probe;
/*
 * Is it libc? Then say what the drop-in does otherwise; docs/drop-in.md has
 * the same sentence. The caller leaves out what follows from it.
 */
int differs(const char *sentence);
/* Is it libc, whatever it does? */
int is_libc(void);
void need_root(void);
/* The same for a program with a sanitizer in it. */
void skip_sanitized(const char *reason);
/* Skip unless libc has this function (its address), which is not in all. */
#define need_function(function)                                                \
	do {                                                                   \
		void (*volatile present)(void) = (void (*)(void))(function);   \
		if (!present)                                                  \
			skip_apart("libc has no " #function);                  \
	} while (0)
void skip_in_valgrind(const char *reason);
#define LOSES_EXEC "valgrind can't report this failure of execve()"
#define OWN_LIMIT "valgrind has descriptors of its own, and a limit for them"

/* The absolute path of a name in the case's own folder; valid for ever. */
char *in_folder(const char *name);
/* An empty file there, or one with this text; returns its path. */
char *make_file(const char *name, const char *text, int mode);
char *make_folder(const char *name);
/* A copy of the probe there, with this mode. */
char *copy_probe(const char *name, int mode);
/* What is in a file of the folder, read as the probe's answers are. */
struct seen *read_seen(const char *name);
/* Memory that nobody need free, and that is no leak. */
void *keep(void *memory);
/* Text by printf, valid for ever. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where the started probe prints to: a pipe that it inherits. */
#define REPORT_FD 90

struct seen {
	int status; /* of waitpid() */
	pid_t pid;
	size_t length;
	char text[1 << 16]; /* lines of key=value, each ended by a NUL */
};

/* Split at spaces, with "probe" before; valid for ever. */
char **probe_argv(const char *commands);
/*
 * Start the probe with posix_spawn() and these commands, which it answers on
 * REPORT_FD. Returns what posix_spawn() did; after 0 it has been waited for.
 */
int try_probe(struct seen *seen, const posix_spawn_file_actions_t *actions,
	      const posix_spawnattr_t *attributes, const char *commands);
/* The same; it must start and exit with 0. Valid until the next. */
struct seen *run_probe(const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes,
		       const char *commands);
const char *seen_find(const struct seen *seen, const char *key);
const char *seen_text(const struct seen *seen, const char *key);
long seen_number(const struct seen *seen, const char *key);
uint64_t seen_set(const struct seen *seen, const char *key);
#define assert_seen(seen, key, value)                                          \
	assert_string_equal(seen_text((seen), (key)), (value))
#define BIT(signal) (UINT64_C(1) << ((signal)-1))

/* The probe must start, and exits with 0; without a report. */
void expect_start(const posix_spawn_file_actions_t *actions,
		  const posix_spawnattr_t *attributes);
/* The probe must not start, for this reason, and leave nothing behind. */
void expect_code(int code, const posix_spawn_file_actions_t *actions,
		 const posix_spawnattr_t *attributes);
/* The same for another program; searched for where asked. */
void expect_program_code(int code, const char *program, int search);
/* Start a program that exits with 0 at once, and wait for it. */
void start_program(const char *program, int search);
/* Start the probe to exit at once, and reap it: for any thread. */
void start_and_reap(void);
/* Run this in a child of fork(), which exits with what it returns. */
int run_forked(int (*run)(void));
/* The same in a namespace where the child's pid is that of its parent, 1. */
int run_forked_alike(int (*run)(void));
/* Run this in a process that is the first of a namespace, with pid 1. */
void run_as_first(void (*run)(void));
int has_child(void);
/* How many descriptors are open. */
int count_fds(void);
/* Use up all descriptors, so that only this many are left. */
void leave_descriptors(int count);
/* All but 0 to 2. */
void close_descriptors(void);

/* Become a user without rights and without room for another process. */
void become_nobody(void);
void allow_no_process(void);

pthread_t start_thread(void *(*run)(void *), void *data);

#endif
