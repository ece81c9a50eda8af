/* SPDX-License-Identifier: MIT */
/*
 * popen() and pclose(): a stream to or from a shell command. The list of open
 * streams is the process's; a stream that was closed by fclose() is found out
 * by its pipe, which is then no longer behind its descriptor. No cancellation
 * point: one would leave the list locked.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include "calm.h"
#include "posix/drop_in.h"
#include "posix/per_process.h"
#include "posix/shell.h"

struct stream {
	struct stream *next;
	FILE *file;
	int fd;
	pid_t pid;
	dev_t device; /* of the pipe, with its inode */
	ino_t inode;
};

/*
 * The latest first. Changed under the lock, and whole at any moment: a child of
 * fork() inherits it, to close them in children of its own.
 */
static struct stream *first_stream;

/* What "r", "w" and 'e' ask for. */
struct stream_mode {
	int writes;
	int on_exec; /* FD_CLOEXEC or 0 */
};

/* The pipe of one popen(), by whose it is. */
struct stream_pipe {
	int parent_fd;
	int child_fd;
	int target; /* the child's standard input or output */
};

/* ---- Opening ----------------------------------------------------------- */

/* One of r and w, and 'e' or not, in any order. */
static int read_mode(const char *mode, struct stream_mode *into)
{
	int reads = 0;

	memset(into, 0, sizeof *into);
	for (; *mode; mode++)
		switch (*mode) {
		case 'r': reads = 1; break;
		case 'w': into->writes = 1; break;
		case 'e': into->on_exec = FD_CLOEXEC; break;
		default: return EINVAL;
		}
	return reads == into->writes ? EINVAL : 0;
}

static int open_pipe(struct stream_pipe *pipe, const struct stream_mode *mode)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	pipe->parent_fd = ends[mode->writes];
	pipe->child_fd = ends[!mode->writes];
	pipe->target = mode->writes ? STDIN_FILENO : STDOUT_FILENO;
	return 0;
}

/* Closed by fclose(), and its number perhaps that of something else now. */
static int is_stale(const struct stream *stream)
{
	struct stat status;

	return fstat(stream->fd, &status) < 0 ||
	       status.st_dev != stream->device ||
	       status.st_ino != stream->inode;
}

/* Whose stream is gone and who has ended. Nobody else knows of it. */
static void forget_ended(void)
{
	struct stream **link = &first_stream;

	while (*link) {
		struct stream *stream = *link;

		if (is_stale(stream) &&
		    waitpid(stream->pid, NULL, WNOHANG) != 0) {
			*link = stream->next;
			free(stream);
		} else {
			link = &stream->next;
		}
	}
}

/* "Streams from previous calls are closed in the new child." POSIX */
static int plan_streams(posix_spawn_file_actions_t *actions)
{
	const struct stream *stream;
	int code = 0;

	for (stream = first_stream; stream && !code; stream = stream->next)
		if (!is_stale(stream))
			code = libspawn_posix_spawn_file_actions_addclose(
				actions, stream->fd);
	return code;
}

/* The pipe goes last: its target may have been the number of a stream. */
static int start_writer_or_reader(const char *command,
				  const struct stream_pipe *pipe, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	struct posix_child child;
	int code;

	libspawn_posix_spawn_file_actions_init(&actions);
	code = plan_streams(&actions);
	if (code == 0)
		code = libspawn_posix_spawn_file_actions_adddup2(
			&actions, pipe->child_fd, pipe->target);
	if (code == 0)
		code = libspawn__shell_start(
			command, (const struct action_list *)&actions, NULL,
			&child);
	libspawn_posix_spawn_file_actions_destroy(&actions);
	if (code == 0)
		*pid = child.pid;
	return code;
}

/* Fills in all but the pid. The descriptor is the stream's from here on. */
static int prepare_stream(struct stream *stream, const struct stream_pipe *pipe,
			  const struct stream_mode *mode)
{
	struct stat status;

	if (fstat(pipe->parent_fd, &status) < 0)
		return errno;
	stream->fd = pipe->parent_fd;
	stream->device = status.st_dev;
	stream->inode = status.st_ino;
	stream->file = fdopen(pipe->parent_fd, mode->writes ? "w" : "r");
	if (!stream->file)
		return errno;
	/* "Pipe streams are byte-oriented." POSIX */
	fwide(stream->file, -1);
	return 0;
}

/*
 * Under the lock, so that no child of another popen() has the new descriptor:
 * until it is listed it is closed by exec.
 */
static int add_stream(const char *command, const struct stream_pipe *pipe,
		      const struct stream_mode *mode, struct stream *stream)
{
	int code;

	lock_take(&libspawn__per_process()->streams);
	forget_ended();
	code = start_writer_or_reader(command, pipe, &stream->pid);
	if (code == 0) {
		fcntl(stream->fd, F_SETFD, mode->on_exec);
		stream->next = first_stream;
		first_stream = stream;
	}
	lock_release(&libspawn__per_process()->streams);
	return code;
}

/* 0 or an errno value. The parent's end is closed if it fails. */
static int open_stream(const char *command, const struct stream_pipe *pipe,
		       const struct stream_mode *mode, FILE **file)
{
	struct stream *stream = malloc(sizeof *stream);
	int code = stream ? prepare_stream(stream, pipe, mode) : ENOMEM;

	if (code) {
		close(pipe->parent_fd);
	} else {
		*file = stream->file;
		code = add_stream(command, pipe, mode, stream);
		if (code)
			fclose(stream->file);
	}
	if (code)
		free(stream);
	return code;
}

static int open_command(const char *command, const struct stream_mode *mode,
			FILE **file)
{
	struct stream_pipe pipe = { -1, -1, -1 };
	int code = open_pipe(&pipe, mode);

	if (code)
		return code;
	code = open_stream(command, &pipe, mode, file);
	close(pipe.child_fd);
	return code;
}

FILE *libspawn_popen(const char *command, const char *mode)
{
	struct stream_mode wanted;
	struct calm calm;
	FILE *file = NULL;
	int code = read_mode(mode, &wanted);

	calm_begin(&calm);
	if (code == 0)
		code = open_command(command, &wanted, &file);
	calm_end(&calm);
	if (code == 0)
		return file;
	errno = code;
	return NULL;
}
DROP_IN(popen);

/* ---- Closing ----------------------------------------------------------- */

/* Off the list, or NULL if it is not on it. */
static struct stream *take_stream(const FILE *file)
{
	struct stream **link = &first_stream;
	struct stream *stream;

	lock_take(&libspawn__per_process()->streams);
	while (*link && (*link)->file != file)
		link = &(*link)->next;
	stream = *link;
	/* What is to be written yet may take its time: no child has it then. */
	if (stream && !is_stale(stream))
		fcntl(stream->fd, F_SETFD, FD_CLOEXEC);
	if (stream)
		*link = stream->next;
	lock_release(&libspawn__per_process()->streams);
	return stream;
}

/* The status, or -1 with errno. */
static int close_stream(FILE *file)
{
	struct stream *stream = take_stream(file);
	int status;
	int error;
	pid_t pid;

	if (!stream) {
		errno = ECHILD;
		return -1;
	}
	pid = stream->pid;
	free(stream);
	error = fclose(file) == 0 ? 0 : errno;
	status = libspawn__shell_wait(pid);
	if (status != 0 || error == 0)
		return status;
	/* The command is content, but has not had all. */
	errno = error;
	return -1;
}

int libspawn_pclose(FILE *file)
{
	struct calm calm;
	int status;
	int error;

	calm_begin(&calm);
	status = close_stream(file);
	error = errno;
	calm_end(&calm);
	if (status < 0)
		errno = error;
	return status;
}
DROP_IN(pclose);
