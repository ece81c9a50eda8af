/* SPDX-License-Identifier: MIT */
/*
 * capture PROGRAM ARGUMENTS...: run a program for at most a minute, give it
 * this input, and read what it writes to its standard output and error.
 */
#include <libspawn.h>
#include <stdio.h>

#define INPUT "a line for the program\n"

static int explain_failure(char *const argv[],
			   const struct libspawn_options *options,
			   const struct libspawn_error *error)
{
	char text[256];

	libspawn_explain(text, sizeof text, error, argv[0], argv, options);
	fprintf(stderr, "capture: %s\n", text);
	return 1;
}

int main(int argc, char *argv[])
{
	struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	struct libspawn_capture capture = {
		.size = sizeof capture,
		.timeout_ms = 60000,
		.input = { .kind = LIBSPAWN_STREAM_MEMORY,
			   .bytes = INPUT,
			   .size = sizeof INPUT - 1 },
		/* Of the output a MiB at most; of the error whatever comes. */
		.output = { .kind = LIBSPAWN_STREAM_MEMORY, .limit = 1 << 20 },
		.error = { .kind = LIBSPAWN_STREAM_MEMORY },
	};
	struct libspawn_result result;
	struct libspawn_error error;

	(void)argc;
	if (libspawn_run(&result, argv[1], argv + 1, &options, &capture,
			 &error))
		return explain_failure(argv + 1, &options, &error);
	printf("output %llu bytes, error %llu bytes, ",
	       (unsigned long long)result.output.size,
	       (unsigned long long)result.error.size);
	if (result.flags & LIBSPAWN_RUN_TIMED_OUT)
		printf("stopped after a minute\n");
	else if (result.status.end == LIBSPAWN_END_EXITED)
		printf("exit %d\n", result.status.code);
	else
		printf("signal %d\n", result.status.code);
	libspawn_free(&result);
	return 0;
}
