/* SPDX-License-Identifier: MIT */
/*
 * A start that is begun beside others by a call that finishes them all. Its
 * caller has asked for starts that wait: whatever these could do better, or do
 * by a backend that these would not take, is left to them.
 */
#define _GNU_SOURCE
#include "start/together.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "backend/kernel.h"
#include "calm.h"
#include "start/pending.h"

#define ASKS_TO_WAIT (LIBSPAWN_HOLD | LIBSPAWN_POLL_FD | LIBSPAWN_OOM_SCORE_ADJ)

/* Where nothing tells, there is none. proc_pid_status(5) */
int libspawn__together_is_traced(void)
{
	static const char key[] = "TracerPid:\t";
	char text[1024];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	const char *found;

	if (fd >= 0)
		close(fd);
	text[size > 0 ? size : 0] = '\0';
	found = strstr(text, key);
	return found && found[sizeof key - 1] != '0';
}

/* Else each would have a pipe, and in gVisor be waited for longer. */
static int is_word_proven(void)
{
	return (libspawn__kernel_facts() & KERNEL_PROVEN(BACKEND_CLONE)) != 0;
}

/* What begin can't do or refuses, and a deadline of its own. */
static int check_together(struct start *read)
{
	const struct libspawn_options *options = &read->request.options;

	if (is_word_proven() && !(options->flags & ASKS_TO_WAIT) &&
	    !options->start_timeout_ms &&
	    options->backend != LIBSPAWN_BACKEND_FORK)
		return 0;
	return libspawn__refuse(&read->failure, LIBSPAWN_STEP_BEGIN, -1,
				ENOTSUP);
}

static int begin_together(struct start *read, struct libspawn_pending **pending)
{
	struct calm calm;
	int code;

	read->request.is_together = 1;
	/* Nobody is asked who waits, or copies the memory. */
	read->request.options.flags &=
		~(LIBSPAWN_MAY_WAIT | LIBSPAWN_ALLOW_FORK);
	calm_begin(&calm);
	code = libspawn__pending_begin(read, pending);
	if (code == 0)
		libspawn__ends_deliver(&(*pending)->start.ends,
				       &(*pending)->start.request);
	calm_end(&calm);
	return code;
}

int libspawn__together_begin(struct libspawn_pending **pending,
			     const char *program, char *const argv[],
			     const struct libspawn_options *options,
			     struct libspawn_error *error)
{
	struct start read;
	int code = libspawn__story_read(&read, program, argv, options);

	if (code == 0)
		code = check_together(&read);
	if (code == 0)
		code = begin_together(&read, pending);
	if (code < 0)
		libspawn__story_tell(&read, code, error);
	return -code;
}
