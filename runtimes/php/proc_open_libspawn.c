/* SPDX-License-Identifier: MIT */
/*
 * PHP's proc_open() starts its programs by libspawn. replace.py lays this file
 * beside proc_open.c, with the two files of libspawn, and lets that call it in
 * the place of fork() and all that its child does.
 *
 * It says in options of libspawn what PHP's child did, and never more. On other
 * systems PHP keeps its own way.
 */
#ifdef __linux__
#define LIBSPAWN_STATIC
/* Nobody reads variables that another thread may be setting. */
#define LIBSPAWN_NO_OVERRIDE
#include "libspawn.c"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proc_open_libspawn.h"

/* ---- Descriptors ------------------------------------------------------- */

struct table {
	struct libspawn_fd *rows;
	uint32_t count;
};

static int is_in_table(const struct table *table, int child_fd)
{
	uint32_t n;

	for (n = 0; n < table->count; n++)
		if (table->rows[n].child_fd == child_fd)
			return 1;
	return 0;
}

/* What PHP made for this child only, or holds the other end of. */
static void set_closed(struct table *table, int fd)
{
	if (fd >= 0 && !is_in_table(table, fd))
		table->rows[table->count++] = (struct libspawn_fd){
			.child_fd = fd,
			.kind = LIBSPAWN_FD_CLOSE,
		};
}

/* All others stay, as through fork() and exec(). The caller frees the rows. */
static struct table make_table(const struct php_libspawn_request *request)
{
	const struct php_libspawn_fd *fd = request->fds;
	struct table table = { 0 };
	int n;

	table.rows =
		calloc((size_t)request->fd_count * 3 + 1, sizeof *table.rows);
	for (n = 0; table.rows && n < request->fd_count; n++)
		table.rows[table.count++] = (struct libspawn_fd){
			.child_fd = fd[n].index,
			.kind = LIBSPAWN_FD_FROM,
			.parent_fd = fd[n].child_end,
		};
	for (n = 0; table.rows && n < request->fd_count; n++) {
		set_closed(&table, fd[n].child_end);
		set_closed(&table, fd[n].parent_end);
	}
	return table;
}

/* ---- The program ------------------------------------------------------- */

/* Where execvp() looks, with the child's environment; NULL is one of none. */
static const char *directories(char *const *env)
{
	for (; env && *env; env++)
		if (!strncmp(*env, "PATH=", 5))
			return *env + 5;
	return "/bin:/usr/bin";
}

static int start(struct libspawn_process *process,
		 const struct php_libspawn_request *request, const char *cwd,
		 const struct table *table, struct libspawn_error *failure)
{
	char *const shell[] = { (char *)"sh", (char *)"-c",
				(char *)request->command, NULL };
	struct libspawn_options options = {
		.size = sizeof options,
		.flags = LIBSPAWN_INHERIT_FDS | LIBSPAWN_SHELL_FALLBACK |
			 LIBSPAWN_DEATH_IS_START,
		.search = LIBSPAWN_SEARCH_LIST,
		.search_list =
			directories(request->env ? request->env : environ),
		.env = request->env,
		.cwd = cwd,
		.fds = table->rows,
		.fd_count = table->count,
	};

	return libspawn_start(
		process, request->argv ? request->command : "/bin/sh",
		request->argv ? request->argv : shell, &options, failure);
}

/* ---- The start --------------------------------------------------------- */

/* PHP passes over a directory that can't be entered. */
int php_libspawn(pid_t *child, const struct php_libspawn_request *request,
		 const char **failed)
{
	struct libspawn_process process;
	struct libspawn_error failure;
	struct table table = make_table(request);
	int code;

	*failed = "Fork";
	if (!table.rows)
		return ENOMEM;
	code = start(&process, request, request->cwd, &table, &failure);
	if (code && failure.step == LIBSPAWN_STEP_CWD)
		code = start(&process, request, NULL, &table, &failure);
	free(table.rows);
	if (!code)
		*child = process.pid;
	else if (failure.step != LIBSPAWN_STEP_CREATE)
		*failed = "Exec";
	return code;
}

#endif
