/* SPDX-License-Identifier: MIT */
/*
 * libuv starts its programs by libspawn: what uv_spawn() in src/unix/process.c
 * of libuv calls once the pipes exist. replace.py lays this file beside that
 * one, with the two files of libspawn, and lets it call this.
 *
 * It says in options of libspawn what libuv's child did between fork() and
 * exec(), and never more. On other systems libuv keeps its own way.
 */
#ifdef __linux__
#define LIBSPAWN_STATIC
/* Nobody reads variables that another thread may be setting. */
#define LIBSPAWN_NO_OVERRIDE
#include "libspawn.c"

#include "uv.h"
#include "internal.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The rows that need no memory: as many as libuv has pipes without it. */
#define ROWS_AT_HAND 8
#define ONE_SIGNAL(number) (UINT64_C(1) << ((number)-1))
/* Those that POSIX knows; the C library has its own above them. */
#define STANDARD_SIGNALS                                                       \
	(UINT32_MAX >> 1 & ~ONE_SIGNAL(SIGKILL) & ~ONE_SIGNAL(SIGSTOP))

int uv__spawn_and_init_child(uv_loop_t *loop,
			     const uv_process_options_t *options,
			     int stdio_count, int (*pipes)[2], pid_t *pid);

/* ---- Descriptors ------------------------------------------------------- */

/*
 * The end of a pipe that was made for the child blocks already. One that is
 * inherited shares this with the caller's, who loses O_NONBLOCK too.
 */
static void let_block(const int pipe[2])
{
	if (pipe[0] < 0)
		uv__nonblock_fcntl(pipe[1], 0);
}

/* A standard stream that nothing is said of reads nothing and goes nowhere. */
static struct libspawn_fd null_row(int child_fd)
{
	return (struct libspawn_fd){
		.child_fd = child_fd,
		.kind = LIBSPAWN_FD_OPEN,
		.path = "/dev/null",
		.open_flags = child_fd == STDIN_FILENO ? O_RDONLY : O_RDWR,
	};
}

/* Writes the rows; how many. Another descriptor without a pipe stays as is. */
static uint32_t fill_table(struct libspawn_fd *rows, int stdio_count,
			   int (*pipes)[2])
{
	uint32_t count = 0;
	int n;

	for (n = 0; n < stdio_count; n++) {
		if (pipes[n][1] >= 0)
			rows[count++] = (struct libspawn_fd){
				.child_fd = n,
				.kind = LIBSPAWN_FD_FROM,
				.parent_fd = pipes[n][1],
			};
		else if (n <= STDERR_FILENO)
			rows[count++] = null_row(n);
		if (pipes[n][1] >= 0 && n <= STDERR_FILENO)
			let_block(pipes[n]);
	}
	return count;
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

/* A list without a name is what Linux makes of none. */
static char *const *arguments(char **args)
{
	static char *const nameless[] = { (char *)"", NULL };

	return args && args[0] ? args : nameless;
}

/* ---- The start --------------------------------------------------------- */

/*
 * A caller that may not change its groups keeps them; and what the caller does
 * not name stays: libuv promises no more.
 */
static void set_identity(struct libspawn_options *request,
			 const uv_process_options_t *options)
{
	if (options->flags & (UV_PROCESS_SETUID | UV_PROCESS_SETGID))
		request->flags |= LIBSPAWN_GROUPS | LIBSPAWN_TRY_GROUPS;
	if (options->flags & UV_PROCESS_SETGID) {
		request->flags |= LIBSPAWN_GID;
		request->gid = options->gid;
	}
	if (options->flags & UV_PROCESS_SETUID) {
		request->flags |= LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS;
		request->uid = options->uid;
	}
}

static int start_with(struct libspawn_fd *rows, pid_t *pid,
		      const uv_process_options_t *options, int stdio_count,
		      int (*pipes)[2])
{
	struct libspawn_process process;
	struct libspawn_options request = {
		.size = sizeof request,
		.flags = LIBSPAWN_INHERIT_FDS | LIBSPAWN_SHELL_FALLBACK |
			 LIBSPAWN_SIGNAL_MASK | LIBSPAWN_CWD_BEFORE_IDS |
			 LIBSPAWN_DEATH_IS_START,
		.signal_default = STANDARD_SIGNALS,
		.search = LIBSPAWN_SEARCH_LIST,
		.search_list =
			directories(options->env ? options->env : environ),
		.env = options->env,
		.cwd = options->cwd,
		.fds = rows,
		.fd_count = fill_table(rows, stdio_count, pipes),
	};
	int code;

	if (options->flags & UV_PROCESS_DETACHED)
		request.flags |= LIBSPAWN_NEW_SESSION;
	set_identity(&request, options);
	code = libspawn_start(&process, options->file, arguments(options->args),
			      &request, NULL);
	if (!code)
		*pid = process.pid;
	return UV__ERR(code);
}

/* pipes[n][1], if not -1, is what the child has as descriptor n. */
int uv__spawn_and_init_child(uv_loop_t *loop,
			     const uv_process_options_t *options,
			     int stdio_count, int (*pipes)[2], pid_t *pid)
{
	struct libspawn_fd at_hand[ROWS_AT_HAND], *rows = at_hand;
	int code;

	(void)loop;
	if (stdio_count > ROWS_AT_HAND)
		rows = uv__malloc(stdio_count * sizeof *rows);
	if (!rows)
		return UV_ENOMEM;
	code = start_with(rows, pid, options, stdio_count, pipes);
	if (rows != at_hand)
		uv__free(rows);
	return code;
}

#endif
