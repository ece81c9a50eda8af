/* SPDX-License-Identifier: MIT */
/*
 * For runtimes.py: starts children from a loop of libuv, one in a turn.
 *
 * usage: uv_loop COUNT PROGRAM
 */
#include "pause.h"

#include <uv.h>

static struct children children;

static void note_exit(uv_process_t *process, int64_t status, int signal)
{
	note_end(&children, status == 0 && signal == 0);
	uv_close((uv_handle_t *)process, (uv_close_cb)free);
}

static void start_one(uv_loop_t *loop)
{
	char *args[] = { children.program, NULL };
	uv_process_options_t options = {
		.file = children.program,
		.args = args,
		.exit_cb = note_exit,
	};
	uv_process_t *process = malloc(sizeof *process);

	if (!process || uv_spawn(loop, process, &options))
		_Exit(1);
}

static void turn(uv_idle_t *idle)
{
	if (take_turn(&children))
		start_one(idle->loop);
	if (all_ended(&children))
		uv_idle_stop(idle);
}

int main(int argc, char **argv)
{
	uv_loop_t *loop = uv_default_loop();
	uv_idle_t idle;

	if (argc != 3)
		return 2;
	children = read_arguments(argv);
	uv_idle_init(loop, &idle);
	uv_idle_start(&idle, turn);
	uv_run(loop, UV_RUN_DEFAULT);
	tell(&children);
	return 0;
}
