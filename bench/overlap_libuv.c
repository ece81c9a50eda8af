/* SPDX-License-Identifier: MIT */
/* As overlap.c, by uv_spawn(): bench-overlap-libuv MILLISECONDS TARGET */
#define _GNU_SOURCE
#include "beat.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

static struct beat beat;
static const char *program;
static int alive;
static uv_idle_t idle;
static uv_poll_t timer;

static void start_one(uv_idle_t *handle);

static void free_process(uv_handle_t *process)
{
	free(process);
}

static void note_end(uv_process_t *process, int64_t status, int signal)
{
	if (status || signal)
		beat_give_up("the target's end");
	uv_close((uv_handle_t *)process, free_process);
	alive--;
	if (!beat_is_over(&beat))
		uv_idle_start(&idle, start_one);
	else if (alive == 0)
		uv_stop(uv_default_loop());
}

/* One in each turn of the loop, as long as there is room. */
static void start_one(uv_idle_t *handle)
{
	char *argv[] = { strdup(program), NULL };
	uv_stdio_container_t streams[3];
	uv_process_options_t options;
	uv_process_t *process = malloc(sizeof *process);

	memset(&options, 0, sizeof options);
	for (int fd = 0; fd < 3; fd++) {
		streams[fd].flags = UV_INHERIT_FD;
		streams[fd].data.fd = fd;
	}
	options.file = program;
	options.args = argv;
	options.exit_cb = note_end;
	options.stdio = streams;
	options.stdio_count = 3;
	if (uv_spawn(handle->loop, process, &options))
		beat_give_up("uv_spawn");
	free(argv[0]);
	beat.started++;
	if (++alive == AT_ONCE || beat_is_over(&beat))
		uv_idle_stop(handle);
}

static void hear(uv_poll_t *handle, int status, int events)
{
	(void)handle;
	(void)status;
	(void)events;
	beat_hear(&beat);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		beat_give_up("usage: overlap-libuv MILLISECONDS TARGET");
	program = argv[2];
	uv_idle_init(uv_default_loop(), &idle);
	uv_idle_start(&idle, start_one);
	beat_begin(&beat, strtoul(argv[1], NULL, 10));
	uv_poll_init(uv_default_loop(), &timer, beat.fd);
	uv_poll_start(&timer, UV_READABLE, hear);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	beat_tell(&beat);
	return 0;
}
