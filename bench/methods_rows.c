/* SPDX-License-Identifier: MIT */
/*
 * A table of many descriptors, BENCH_ROWS of them: copies of one on as many
 * numbers, the same for all. Without it there is nothing to measure here.
 */
#define _GNU_SOURCE
#include "libspawn_start.h"
#include "method.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

enum { FIRST = 3 };

static struct libspawn_fd rows[LIBSPAWN_FDS_MAX];
static int row_count;

static const char *read_count(const void *data)
{
	const char *text = getenv("BENCH_ROWS");

	(void)data;
	row_count = text ? atoi(text) : 0;
	if (row_count < 1 || (uint32_t)row_count > LIBSPAWN_FDS_MAX)
		return "of the axis rows only";
	for (int n = 0; n < row_count; n++)
		rows[n] = (struct libspawn_fd){ .child_fd = FIRST + n,
						.kind = LIBSPAWN_FD_FROM };
	return NULL;
}

static int start_libspawn(struct started *started, const struct target *target,
			  const void *data)
{
	const struct libspawn_options options = {
		.size = sizeof options,
		.backend = LIBSPAWN_BACKEND_CLONE,
		.fds = rows,
		.fd_count = (uint32_t)row_count,
	};

	(void)data;
	return libspawn_start_with(started, target, &options);
}

static int start_floor(struct started *started, const struct target *target,
		       const void *data)
{
	pid_t pid = vfork();

	(void)data;
	if (pid == 0) {
		for (int n = 0; n < row_count; n++)
			if (dup2(0, FIRST + n) < 0)
				_exit(126);
		execve(target->program, target->argv, environ);
		_exit(127);
	}
	return tell_pid(started, pid);
}

/* To make the list is part of the start: who has one keeps it. */
static int start_glibc(struct started *started, const struct target *target,
		       const void *data)
{
	posix_spawn_file_actions_t actions;
	int code = posix_spawn_file_actions_init(&actions);

	(void)data;
	for (int n = 0; n < row_count && code == 0; n++)
		code = posix_spawn_file_actions_adddup2(&actions, 0, FIRST + n);
	if (code == 0)
		code = posix_spawn(&started->pid, target->program, &actions,
				   NULL, target->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return code;
}

#define ROWS(title, how)                                                       \
	{                                                                      \
		.name = (title), .case_name = "rows", .prepare = read_count,   \
		.start = (how)                                                 \
	}

static const struct method rows_table[] = {
	ROWS("floor", start_floor),
	ROWS("glibc-posix_spawn", start_glibc),
	ROWS("libspawn-clone", start_libspawn),
};

METHOD_GROUP(rows_methods, rows_table);
