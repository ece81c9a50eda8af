/* SPDX-License-Identifier: MIT */
/*
 * Eight threads, each with a loop of its own, start a hundred programs by libuv
 * and read what they write; every tenth does not exist. For sanitizers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define THREADS 8
#define CHILDREN 100

struct child {
	uv_process_t process;
	uv_pipe_t output;
	char text[16];
	size_t length;
	int is_missing;
	int64_t status;
};

static void give_room(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
	struct child *child = handle->data;

	(void)size;
	*buffer = uv_buf_init(child->text + child->length,
			      (unsigned)(sizeof child->text - child->length));
}

static void take(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
	struct child *child = stream->data;

	(void)buffer;
	if (count > 0)
		child->length += (size_t)count;
	else if (count < 0)
		uv_close((uv_handle_t *)stream, NULL);
}

static void end(uv_process_t *process, int64_t status, int signal)
{
	struct child *child = process->data;

	child->status = status + signal;
	uv_close((uv_handle_t *)process, NULL);
}

/* 0, or what was wrong. */
static int start(uv_loop_t *loop, struct child *child, int number)
{
	char *args[] = { "echo", "works", NULL };
	uv_stdio_container_t stdio[2] = { { .flags = UV_IGNORE } };
	uv_process_options_t options = { .file = "echo", .args = args };
	int code;

	child->is_missing = number % 10 == 9;
	if (child->is_missing)
		options.file = "/nowhere/program";
	uv_pipe_init(loop, &child->output, 0);
	child->output.data = child->process.data = child;
	stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
	stdio[1].data.stream = (uv_stream_t *)&child->output;
	options.stdio = stdio;
	options.stdio_count = 2;
	options.exit_cb = end;
	code = uv_spawn(loop, &child->process, &options);
	if (code) {
		uv_close((uv_handle_t *)&child->process, NULL);
		uv_close((uv_handle_t *)&child->output, NULL);
		return !(child->is_missing && code == UV_ENOENT);
	}
	return uv_read_start((uv_stream_t *)&child->output, give_room, take);
}

static int is_good(const struct child *child)
{
	return child->is_missing || (child->status == 0 && child->length == 6 &&
				     !memcmp(child->text, "works\n", 6));
}

static void run(void *data)
{
	struct child *children = calloc(CHILDREN, sizeof *children);
	int *faults = data;
	uv_loop_t loop;
	int n;

	if (!children || uv_loop_init(&loop))
		abort();
	for (n = 0; n < CHILDREN; n++) {
		*faults += start(&loop, &children[n], n) != 0;
		if (n % 8 == 7)
			uv_run(&loop, UV_RUN_DEFAULT);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	for (n = 0; n < CHILDREN; n++)
		*faults += !is_good(&children[n]);
	*faults += uv_loop_close(&loop) != 0;
	free(children);
}

int main(void)
{
	uv_thread_t threads[THREADS];
	int faults[THREADS] = { 0 };
	int n, sum = 0;

	for (n = 0; n < THREADS; n++)
		if (uv_thread_create(&threads[n], run, &faults[n]))
			abort();
	for (n = 0; n < THREADS; n++) {
		uv_thread_join(&threads[n]);
		sum += faults[n];
	}
	printf("%d threads, %d starts each, %d faults\n", THREADS, CHILDREN,
	       sum);
	return sum != 0;
}
