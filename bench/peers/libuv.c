/* SPDX-License-Identifier: MIT */
/* peer: pkg-config libuv, package libuv1-dev */
/* libuv's uv_spawn(), which Node uses too: a loop of its own per thread. */
#include "method.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <uv.h>

static _Thread_local uv_loop_t loop;
static _Thread_local uv_process_t process;
static _Thread_local int64_t exit_status;

static void open_loop(void)
{
	uv_loop_init(&loop);
}

static void close_loop(void)
{
	uv_loop_close(&loop);
}

static void note_exit(uv_process_t *ended, int64_t status, int signal)
{
	exit_status = signal ? signal : status << 8;
	uv_close((uv_handle_t *)ended, NULL);
}

static int start_uv(struct started *started, const struct target *target,
		    const void *data)
{
	uv_stdio_container_t streams[3];
	uv_process_options_t options;

	(void)data;
	(void)started;
	memset(&options, 0, sizeof options);
	for (int fd = 0; fd < 3; fd++) {
		streams[fd].flags = UV_INHERIT_FD;
		streams[fd].data.fd = fd;
	}
	options.file = target->program;
	options.args = (char **)(uintptr_t)target->argv;
	options.exit_cb = note_exit;
	options.stdio = streams;
	options.stdio_count = 3;
	return -uv_spawn(&loop, &process, &options);
}

static int reap_uv(struct started *started)
{
	(void)started;
	uv_run(&loop, UV_RUN_DEFAULT);
	return (int)exit_status;
}

static const struct method uv_table[] = {
	{ .name = "libuv",
	  .case_name = "plain",
	  .start = start_uv,
	  .reap = reap_uv,
	  .enter = open_loop,
	  .leave = close_loop },
};

static METHOD_GROUP(uv_methods, uv_table);

const struct method_group *const driver_groups[] = { &floor_methods,
						     &uv_methods, NULL };
