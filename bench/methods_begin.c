/* SPDX-License-Identifier: MIT */
/*
 * libspawn_begin() and libspawn_finish(): two times of one start. What the
 * caller's thread loses is until it has begun; the program runs when it has
 * finished.
 */
#define _GNU_SOURCE
#include "clock.h"
#include "full_house.h"
#include "libspawn_start.h"
#include "method.h"

#include <errno.h>
#include <poll.h>

static int await(struct libspawn_pending *pending)
{
	struct pollfd fd = { .fd = libspawn_pending_fd(pending),
			     .events = POLLIN };

	while (fd.fd >= 0 && poll(&fd, 1, -1) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

static int begin_and_finish(struct started *started,
			    const struct target *target, const void *options)
{
	struct libspawn_pending *pending;
	struct libspawn_process process;
	int code = libspawn_begin(&pending, target->program, target->argv,
				  options, NULL);

	started->begun_ns = now_ns();
	if (code == 0)
		code = await(pending);
	if (code == 0)
		code = libspawn_finish(pending, -1, &process, NULL);
	if (code)
		return code;
	started->pid = process.pid;
	started->pidfd = process.pidfd;
	return process.backend == LIBSPAWN_BACKEND_CLONE ? 0 : EPROTO;
}

#define METHOD(title, case_title, ...)                                         \
	{                                                                      \
		.name = (title), .case_name = (case_title),                    \
		.prepare = libspawn_why_not, .start = begin_and_finish,        \
		.data = CLONE_OPTIONS(__VA_ARGS__)                             \
	}

static const struct method begin_table[] = {
	METHOD("libspawn-begin", "plain", .flags = 0),
	METHOD("libspawn-begin", "full-house", FULL_HOUSE(0)),
	METHOD("libspawn-begin-fd", "plain", .flags = LIBSPAWN_POLL_FD),
};

METHOD_GROUP(begin_methods, begin_table);
