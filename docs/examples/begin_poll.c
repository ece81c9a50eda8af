/* SPDX-License-Identifier: MIT */
/*
 * begin_poll PROGRAM ARGUMENTS...: start a program and go on at once, though it
 * may lie on a disk that takes seconds. The loop here does nothing but
 * count its rounds; yours has more descriptors in it.
 */
#include <errno.h>
#include <libspawn.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { ROUND_MS = 100, GIVE_UP_AFTER = 600 };

/* 0 when the program runs, else why it does not. */
static int await(struct libspawn_pending *pending,
		 struct libspawn_process *child, struct libspawn_error *error)
{
	struct pollfd fd = { .fd = libspawn_pending_fd(pending),
			     .events = POLLIN };
	int code = ETIMEDOUT;
	int round;

	for (round = 0; code == ETIMEDOUT && round < GIVE_UP_AFTER; round++)
		if (poll(&fd, 1, ROUND_MS) > 0)
			/* It may be readable too early: see libspawn.h. */
			code = libspawn_finish(pending, 0, child, error);
	if (code == ETIMEDOUT) {
		fprintf(stderr, "too slow after %d rounds\n", round);
		libspawn_cancel(pending);
	}
	return code;
}

int main(int argc, char *argv[])
{
	struct libspawn_options options = {
		.size = sizeof options,
		.flags = LIBSPAWN_POLL_FD,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	struct libspawn_error error = { 0 };
	struct libspawn_pending *pending;
	struct libspawn_process child;
	struct libspawn_status status;
	char why[512];
	int code;

	if (argc < 2)
		return 2;
	code = libspawn_begin(&pending, argv[1], argv + 1, &options, &error);
	if (code == 0)
		code = await(pending, &child, &error);
	if (code == ETIMEDOUT)
		return 1;
	if (code) {
		libspawn_explain(why, sizeof why, &error, argv[1], argv + 1,
				 &options);
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	printf("runs as %d\n", (int)child.pid);
	fflush(stdout);
	return libspawn_wait(&child, -1, &status) ? 1 : status.code;
}
