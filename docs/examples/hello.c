/* SPDX-License-Identifier: MIT */
/* hello PROGRAM ARGUMENTS...: start a program and exit as it does. */
#include <libspawn.h>
#include <stdio.h>

int main(int argc, char *argv[])
{
	struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	struct libspawn_process child;
	struct libspawn_error error;
	struct libspawn_status status;
	char text[256];

	(void)argc;
	if (libspawn_start(&child, argv[1], argv + 1, &options, &error)) {
		libspawn_explain(text, sizeof text, &error, argv[1], argv + 1,
				 &options);
		fprintf(stderr, "hello: %s\n", text);
		return 1;
	}
	libspawn_wait(&child, LIBSPAWN_FOREVER, &status);
	return status.end == LIBSPAWN_END_EXITED ? status.code : 128;
}
