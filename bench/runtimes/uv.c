/* SPDX-License-Identifier: MIT */
/*
 * uv_spawn() of one build of libuv, which runtimes.py links and names: with no
 * options, with three pipes, with a user and group (those it has), and of a
 * bare name that is in the last directory of PATH.
 */
#include "method.h"
#include "record.h"

#include <string.h>
#include <unistd.h>
#include <uv.h>

enum way { PLAIN, PIPES, USER, LAST_DIRECTORY };

static uv_loop_t loop;
static uv_process_t process;
static uv_pipe_t pipes[3];
static enum way started_by;
static int64_t exit_status;

static void note_exit(uv_process_t *ended, int64_t status, int signal)
{
	exit_status = signal ? signal : status << 8;
	uv_close((uv_handle_t *)ended, NULL);
}

static void open_loop(void)
{
	uv_loop_init(&loop);
}

static void close_loop(void)
{
	uv_loop_close(&loop);
}

static uv_stdio_container_t stream_of(enum way way, int fd)
{
	uv_stdio_container_t stream = { .flags = UV_INHERIT_FD };

	stream.data.fd = fd;
	if (way == PIPES) {
		uv_pipe_init(&loop, &pipes[fd], 0);
		stream.flags = UV_CREATE_PIPE |
			       (fd ? UV_WRITABLE_PIPE : UV_READABLE_PIPE);
		stream.data.stream = (uv_stream_t *)&pipes[fd];
	}
	return stream;
}

static int start_uv(struct started *started, const struct target *target,
		    const void *data)
{
	const enum way *way = data;
	uv_stdio_container_t streams[3];
	uv_process_options_t options = {
		.file = target->program,
		.args = (char **)(uintptr_t)target->argv,
		.exit_cb = note_exit,
		.stdio = streams,
		.stdio_count = 3,
	};
	int fd;

	(void)started;
	started_by = *way;
	for (fd = 0; fd < 3; fd++)
		streams[fd] = stream_of(*way, fd);
	if (*way == LAST_DIRECTORY)
		options.file = bare_name(target->program);
	if (*way == USER) {
		options.flags = UV_PROCESS_SETUID | UV_PROCESS_SETGID;
		options.uid = getuid();
		options.gid = getgid();
	}
	return -uv_spawn(&loop, &process, &options);
}

static int reap_uv(struct started *started)
{
	uv_os_fd_t errors;
	int fd;

	(void)started;
	uv_run(&loop, UV_RUN_DEFAULT);
	if (started_by != PIPES)
		return (int)exit_status;
	uv_fileno((uv_handle_t *)&pipes[2], &errors);
	pass_record(errors);
	for (fd = 0; fd < 3; fd++)
		uv_close((uv_handle_t *)&pipes[fd], NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	return (int)exit_status;
}

static const enum way ways[] = { PLAIN, PIPES, USER, LAST_DIRECTORY };

/* The first alone opens the loop, which all share. */
static const struct method uv_table[] = {
	{ .name = RUNTIME,
	  .case_name = "plain",
	  .data = &ways[PLAIN],
	  .start = start_uv,
	  .reap = reap_uv,
	  .enter = open_loop,
	  .leave = close_loop },
	{ .name = RUNTIME,
	  .case_name = "pipes",
	  .data = &ways[PIPES],
	  .start = start_uv,
	  .reap = reap_uv },
	{ .name = RUNTIME,
	  .case_name = "user",
	  .data = &ways[USER],
	  .start = start_uv,
	  .reap = reap_uv },
	{ .name = RUNTIME,
	  .case_name = "last-directory",
	  .data = &ways[LAST_DIRECTORY],
	  .start = start_uv,
	  .reap = reap_uv },
};

static METHOD_GROUP(uv_methods, uv_table);

const struct method_group *const driver_groups[] = { &floor_methods,
						     &uv_methods, NULL };
