/* SPDX-License-Identifier: MIT */
/*
 * The program that tests/trace/run.py traces: one run between two markers,
 * close(-4242) and close(-4243), after one that warms up. Then it looks for
 * anything left behind and prints what it saw:
 *
 *	result=0 code=0 step=none same=1 errno=4711 left=none
 *
 *	trace_run SCENARIO
 *
 * SCENARIO is both (input, output and error), pipeline (the same through three
 * programs), or late (a child that is stopped after a time). same is whether
 * the output is the input. The backend comes from LIBSPAWN_BACKEND. Must not
 * print between the markers.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libspawn.h>

/* More than a pipe and a small block hold. */
enum { INPUT_SIZE = 300000 };

static char input[INPUT_SIZE];
static char *child_argv[] = { NULL, NULL, NULL };
static const struct libspawn_stop_how ask = {
	.size = sizeof ask,
	.grace_ms = 20,
};

static void copy_input(void)
{
	static char bytes[65536];
	ssize_t size;

	while ((size = read(0, bytes, sizeof bytes)) > 0)
		for (ssize_t done = 0, n; done < size; done += n)
			if ((n = write(1, bytes + done,
				       (size_t)(size - done))) < 0)
				exit(1);
}

static int run_once(struct libspawn_result *result, const char *scenario,
		    struct libspawn_error *error)
{
	const int is_late = strcmp(scenario, "late") == 0;
	const struct libspawn_capture capture = {
		.size = sizeof capture,
		.flags = LIBSPAWN_CAPTURE_GROUP,
		.timeout_ms = is_late ? 20 : 0,
		.stop = &ask,
		.input = { .kind = LIBSPAWN_STREAM_MEMORY,
			   .bytes = input,
			   .size = sizeof input },
		.output = { .kind = LIBSPAWN_STREAM_MEMORY },
		.error = { .kind = LIBSPAWN_STREAM_MEMORY },
	};
	const struct libspawn_stage stage = {
		.program = child_argv[0],
		.argv = child_argv,
	};
	const struct libspawn_stage stages[] = { stage, stage, stage };

	if (strcmp(scenario, "pipeline") == 0)
		return libspawn_run_pipeline(result, stages, 3, &capture,
					     error);
	return libspawn_run(result, child_argv[0], child_argv, NULL, &capture,
			    error);
}

/* ---- What is left ------------------------------------------------------ */

struct state {
	int fds;
	int cancel_state;
	sigset_t mask;
};

static int count_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

static void save_state(struct state *state)
{
	memset(state, 0, sizeof *state);
	state->fds = count_fds();
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state->cancel_state);
	pthread_sigmask(SIG_SETMASK, NULL, &state->mask);
}

static void print_left(const struct state *before, const struct state *after)
{
	printf("left=%s%s%s%snone\n",
	       waitpid(-1, NULL, WNOHANG) < 0 ? "" : "process,",
	       before->fds == after->fds ? "" : "fd,",
	       before->cancel_state == after->cancel_state ? "" : "cancel,",
	       memcmp(&before->mask, &after->mask, sizeof after->mask) ? "mask,"
								       : "");
}

static void run_between_markers(const char *scenario)
{
	struct libspawn_result result;
	struct libspawn_error error = { 0 };
	int code, errno_after, same;

	memset(&result, 0, sizeof result);
	close(-4242);
	errno = 4711;
	code = run_once(&result, scenario, &error);
	errno_after = errno;
	close(-4243);
	same = result.output.size == sizeof input &&
	       memcmp(result.output.bytes, input, sizeof input) == 0;
	printf("result=%d code=%d step=%s same=%d errno=%d ", code, error.code,
	       libspawn_step_name(error.step), same, errno_after);
	libspawn_free(&result);
}

int main(int argc, char **argv)
{
	struct state before, after;
	struct libspawn_result result;

	if (argc < 2)
		return 2;
	if (strcmp(argv[1], "--child") == 0) {
		copy_input();
		return 0;
	}
	if (strcmp(argv[1], "--pause") == 0) {
		pause();
		return 0;
	}
	for (size_t n = 0; n < sizeof input; n++)
		input[n] = (char)(n * 7 >> 3);
	child_argv[0] = argv[0];
	child_argv[1] =
		(char *)(uintptr_t)(strcmp(argv[1], "late") == 0 ? "--pause"
								 : "--child");
	if (run_once(&result, argv[1], NULL) == 0)
		libspawn_free(&result);
	save_state(&before);
	run_between_markers(argv[1]);
	save_state(&after);
	print_left(&before, &after);
	return 0;
}
