/* SPDX-License-Identifier: MIT */
/* hello PROGRAM ARGUMENTS...: start a program and exit as it does. */
#include <libspawn.h>
#include <stdio.h>
#include <sys/wait.h>

int main(int argc, char *argv[])
{
	struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	struct libspawn_process child;
	struct libspawn_error error;
	char text[256];
	int status;

	(void)argc;
	if (libspawn_start(&child, argv[1], argv + 1, &options, &error)) {
		libspawn_explain(text, sizeof text, &error, argv[1], argv + 1,
				 &options);
		fprintf(stderr, "hello: %s\n", text);
		return 1;
	}
	waitpid(child.pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
