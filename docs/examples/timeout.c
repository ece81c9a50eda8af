/* SPDX-License-Identifier: MIT */
/*
 * timeout MILLISECONDS PROGRAM ARGUMENTS...: give a program so much time, then
 * ask it to end, and a second later kill it, with all that it has started.
 */
#include <errno.h>
#include <libspawn.h>
#include <stdio.h>
#include <stdlib.h>

static const char *how_it_ended(const struct libspawn_status *status)
{
	if (status->flags & LIBSPAWN_STATUS_FORCED)
		return "was killed";
	if (status->flags & LIBSPAWN_STATUS_ASKED)
		return "obeyed";
	return "ended by itself";
}

int main(int argc, char *argv[])
{
	struct libspawn_options options = {
		.size = sizeof options,
		.flags = LIBSPAWN_PIDFD | LIBSPAWN_PROCESS_GROUP,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	struct libspawn_stop_how how = {
		.size = sizeof how,
		.flags = LIBSPAWN_STOP_GROUP,
		.grace_ms = 1000,
	};
	struct libspawn_process child;
	struct libspawn_status status;
	int failed;

	if (argc < 3)
		return 2;
	failed = libspawn_start(&child, argv[2], argv + 2, &options, NULL);
	if (failed)
		return 1;
	failed = libspawn_wait(&child, atoi(argv[1]), &status);
	if (failed == ETIMEDOUT)
		failed = libspawn_stop(&child, &how, &status);
	libspawn_close(&child);
	if (failed)
		return 1;
	printf("%s, %s %d\n", how_it_ended(&status),
	       status.end == LIBSPAWN_END_EXITED ? "exit" : "signal",
	       status.code);
	return 0;
}
