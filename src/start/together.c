/* SPDX-License-Identifier: MIT */
/*
 * A start that is begun beside others by a call that finishes them all. Its
 * caller has asked for starts that wait: whatever these could do better, or do
 * by a backend that these would not take, is left to them.
 */
#define _GNU_SOURCE
#include "start/together.h"

#include <errno.h>

#include "backend/kernel.h"
#include "backend/status.h"
#include "plan/identity.h"
#include "start/pending.h"

#define ASKS_TO_WAIT (LIBSPAWN_HOLD | LIBSPAWN_POLL_FD | LIBSPAWN_OOM_SCORE_ADJ)

/*
 * Who changes ids has a pipe and is counted until it is finished (hazard 4),
 * and there may be more stages than of both.
 */
static int is_plain_start(const struct libspawn_options *options)
{
	return !(options->flags & ASKS_TO_WAIT) &&
	       !changes_credentials(options) && !options->start_timeout_ms &&
	       options->backend != LIBSPAWN_BACKEND_FORK;
}

/* Where nothing tells, there is none. */
int libspawn__together_is_traced(void)
{
	char text[1024];
	const char *tracer;

	libspawn__status_read(OWN_STATUS, text, sizeof text);
	tracer = libspawn__status_find(text, "TracerPid");
	return tracer && *tracer != '0';
}

/* Else each would have a pipe, and in gVisor be waited for longer. */
static int is_word_proven(void)
{
	return (libspawn__kernel_facts() & KERNEL_PROVEN(BACKEND_CLONE)) != 0;
}

/* What begin can't do or refuses, and a deadline of its own. */
static int check_together(struct start *read)
{
	if (is_word_proven() && is_plain_start(&read->request.options))
		return 0;
	return libspawn__refuse(&read->failure, LIBSPAWN_STEP_BEGIN, -1,
				ENOTSUP);
}

static int begin_together(struct start *read, struct libspawn_pending **pending)
{
	read->request.is_together = 1;
	/* Nobody is asked who waits, or copies the memory. */
	read->request.options.flags &=
		~(LIBSPAWN_MAY_WAIT | LIBSPAWN_ALLOW_FORK);
	return libspawn__pending_begin_at_large(read, pending);
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
