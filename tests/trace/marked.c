/* SPDX-License-Identifier: MIT */
/*
 * A program to be debugged: it starts itself many times, and comes by a place
 * where a breakpoint is set each time. It prints how many ended well.
 *
 *	marked {start|begin|pipeline}
 */
#include <stdio.h>
#include <string.h>

#include <libspawn.h>

enum { TIMES = 20 };

static char child_mode[] = "--child";
static char *child_argv[] = { NULL, child_mode, NULL };
static const struct libspawn_options options = {
	.size = sizeof options,
	.flags = LIBSPAWN_MAY_WAIT,
};
static int good;

__attribute__((noinline)) static void mark(int number)
{
	__asm__ volatile("" : : "r"(number));
}

static void count(struct libspawn_process *process, int code)
{
	struct libspawn_status status;

	if (code == 0 &&
	    libspawn_wait(process, LIBSPAWN_FOREVER, &status) == 0 &&
	    status.end == LIBSPAWN_END_EXITED && status.code == 0)
		good++;
}

static void start(int number)
{
	struct libspawn_process process;
	int code = libspawn_start(&process, child_argv[0], child_argv, &options,
				  NULL);

	mark(number);
	count(&process, code);
}

static void begin(int number)
{
	struct libspawn_pending *pending;
	struct libspawn_process process;
	int code = libspawn_begin(&pending, child_argv[0], child_argv, &options,
				  NULL);

	mark(number);
	if (code == 0)
		code = libspawn_finish(pending, LIBSPAWN_FOREVER, &process,
				       NULL);
	count(&process, code);
}

static void join(int number)
{
	struct libspawn_stage stages[2] = {
		{ child_argv[0], child_argv, &options, NULL, 0, 0 },
		{ child_argv[0], child_argv, &options, NULL, 0, 0 },
	};
	struct libspawn_process processes[2];
	int code = libspawn_start_pipeline(processes, stages, 2, 0, NULL);

	mark(number);
	count(&processes[0], code);
	count(&processes[1], code);
	good -= code == 0;
}

int main(int argc, char **argv)
{
	void (*act)(int) = start;

	if (argc < 2)
		return 2;
	if (strcmp(argv[1], child_mode) == 0)
		return 0;
	child_argv[0] = argv[0];
	if (strcmp(argv[1], "begin") == 0)
		act = begin;
	if (strcmp(argv[1], "pipeline") == 0)
		act = join;
	for (int n = 0; n < TIMES; n++)
		act(n);
	printf("good %d\n", good);
	return 0;
}
