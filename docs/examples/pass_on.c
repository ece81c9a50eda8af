/* SPDX-License-Identifier: MIT */
/*
 * pass_on PROGRAM ARGUMENTS...: hand SIGTERM and SIGINT on to the program, from
 * the handler itself, which never meets a process that is not the program.
 */
#include <libspawn.h>
#include <signal.h>

/* All zero until it is started: then there is nobody to signal. */
static struct libspawn_process child;

static void pass_on(int number)
{
	libspawn_signal(&child, number, 0);
}

int main(int argc, char *argv[])
{
	struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	struct libspawn_status status;

	(void)argc;
	signal(SIGTERM, pass_on);
	signal(SIGINT, pass_on);
	if (libspawn_start(&child, argv[1], argv + 1, &options, NULL))
		return 125;
	libspawn_wait(&child, LIBSPAWN_FOREVER, &status);
	return status.end == LIBSPAWN_END_EXITED ? status.code
						 : 128 + status.code;
}
