/* SPDX-License-Identifier: MIT */
/*
 * A program of today that meets a library of 0.1 when it runs, which does not
 * know all that today's header has. What it does not use is no matter; what it
 * asks for and can't get is refused, with a step that says so, before there is
 * a process: nothing is left out in silence.
 *
 *	new_program PROBE	the status is 0 if all is so
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <libspawn.h>

enum { SECOND = 1000 };

static const char *probe;
static int failures;

#define CHECK(what) check((what) != 0, #what, __LINE__)

static void check(int holds, const char *what, int line)
{
	if (holds)
		return;
	printf("new_program.c:%d: not so: %s\n", line, what);
	failures++;
}

static int start(const struct libspawn_options *options,
		 struct libspawn_error *error)
{
	char *argv[] = { "probe", "exit", "0", NULL };
	struct libspawn_process process = { .pid = -1 };
	int code;

	memset(error, 0, sizeof *error);
	code = libspawn_start(&process, probe, argv, options, error);
	if (code == 0)
		CHECK(libspawn_wait(&process, LIBSPAWN_FOREVER, NULL) == 0);
	return code;
}

/* Refused in this step, and with no child to show for it. */
static void expect_refusal(const struct libspawn_options *options, int code,
			   int32_t step)
{
	struct libspawn_error error;
	char text[256];

	CHECK(start(options, &error) == code);
	CHECK(error.step == step);
	CHECK(libspawn_explain(text, sizeof text, &error, probe, NULL, NULL) >
	      0);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	printf("refused: %s\n", text);
}

static void start_with_what_both_know(void)
{
	struct libspawn_options options = { .size = sizeof options,
					    .flags = LIBSPAWN_NEW_SESSION,
					    .cwd = "/" };
	struct libspawn_error error;

	CHECK(start(&options, &error) == 0);
	CHECK(start(NULL, &error) == 0);
}

static void ask_for_what_is_newer(void)
{
	struct libspawn_options field = { .size = sizeof field,
					  .start_timeout_ms = 60 * SECOND };
	struct libspawn_options flag = { .size = sizeof flag,
					 .flags = LIBSPAWN_DETACH };
	struct libspawn_fd socket = { .child_fd = 5,
				      .kind = LIBSPAWN_FD_SOCKET };
	struct libspawn_options row = { .size = sizeof row,
					.fds = &socket,
					.fd_count = 1 };
	struct libspawn_options search = { .size = sizeof search,
					   .search = LIBSPAWN_SEARCH_PATHS };

	expect_refusal(&field, E2BIG, LIBSPAWN_STEP_OPTIONS);
	expect_refusal(&flag, EINVAL, LIBSPAWN_STEP_OPTIONS);
	expect_refusal(&row, EINVAL, LIBSPAWN_STEP_FD);
	expect_refusal(&search, EINVAL, LIBSPAWN_STEP_SEARCH);
}

#ifdef CALLS_A_NEW_FUNCTION
/* Never comes to run with an old library: the loader refuses to start it. */
static void call_a_new_function(void)
{
	char *argv[] = { "probe", "exit", "0", NULL };
	struct libspawn_result result;

	CHECK(libspawn_run(&result, probe, argv, NULL, NULL, NULL) == 0);
	libspawn_free(&result);
}
#else
static void call_a_new_function(void)
{
}
#endif

int main(int argc, char *argv[])
{
	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	probe = argv[1];
	start_with_what_both_know();
	ask_for_what_is_newer();
	call_a_new_function();
	printf("compiled for %d.%d, running with %s\n", LIBSPAWN_VERSION_MAJOR,
	       LIBSPAWN_VERSION_MINOR, libspawn_version());
	return failures != 0;
}
