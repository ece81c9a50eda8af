/* SPDX-License-Identifier: MIT */
/*
 * A program of somebody else's. It includes the header by its public name,
 * links the dependency object and starts a program; nothing more is needed.
 */
#define _POSIX_C_SOURCE 200809L

#include <libspawn.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static int reads_started(int from)
{
	char text[16] = "";
	FILE *stream = fdopen(from, "r");
	int same = stream && fgets(text, sizeof text, stream) &&
		   strcmp(text, "started\n") == 0;

	if (stream)
		fclose(stream);
	return same;
}

int main(void)
{
	char *argv[] = { (char *)"echo", (char *)"started", NULL };
	int32_t output;
	struct libspawn_fd fds[] = {
		{ .child_fd = 1,
		  .kind = LIBSPAWN_FD_PIPE_WRITE,
		  .parent_end = &output },
	};
	struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
		.fds = fds,
		.fd_count = 1,
	};
	struct libspawn_process process;
	struct libspawn_error error;
	char text[256];
	int status;

	if (libspawn_start(&process, "echo", argv, &options, &error)) {
		libspawn_explain(text, sizeof text, &error, "echo", argv,
				 &options);
		fprintf(stderr, "%s\n", text);
		return 1;
	}
	if (!reads_started(output))
		return 2;
	if (waitpid(process.pid, &status, 0) != process.pid)
		return 3;
	return status != 0;
}
