/* SPDX-License-Identifier: MIT */
/*
 * Reads the options of a request, and whether it is bare: one look at them as a
 * whole, at each start, takes the place of all looks at each of them.
 */
#define _GNU_SOURCE
#include "request/bare.h"

#include <stddef.h>
#include <string.h>

#include "child/every_start.h"
#include "request/options.h"

/* All that they change is in the steps of a bare plan. */
#define BARE_FLAGS                                                             \
	(LIBSPAWN_INHERIT_FDS | LIBSPAWN_PIDFD | LIBSPAWN_HOLD |               \
	 LIBSPAWN_POLL_FD | LIBSPAWN_MAY_WAIT | LIBSPAWN_INTERRUPTIBLE |       \
	 LIBSPAWN_ALLOW_FORK)

/* Behind the flags come the fields. */
enum {
	FIRST_FIELD =
		offsetof(struct libspawn_options, flags) + sizeof(uint64_t)
};

_Static_assert(sizeof(struct libspawn_options) % sizeof(uint64_t) == 0,
	       "bare_holds() reads whole words");

/* Word by word: it is done at each start. */
EVERY_START int libspawn__bare_holds(const struct libspawn_options *options)
{
	const char *fields = (const char *)options;
	uint64_t asked = options->flags & ~BARE_FLAGS;
	uint64_t word;
	size_t at;

	for (at = FIRST_FIELD; at < sizeof *options; at += sizeof word) {
		memcpy(&word, fields + at, sizeof word);
		asked |= word;
	}
	return asked == 0 && options->backend <= LIBSPAWN_BACKEND_FORK;
}

EVERY_START int libspawn__request_read(struct request *request,
				       const struct libspawn_options *given,
				       struct failure *failure)
{
	int code = libspawn__options_copy(&request->options, given);

	if (code < 0)
		return libspawn__refuse(failure, LIBSPAWN_STEP_OPTIONS, -1,
					-code);
	request->is_bare = libspawn__bare_holds(&request->options);
	if (request->is_bare)
		return 0;
	return libspawn__options_check(&request->options, failure);
}

int libspawn__options_read(struct libspawn_options *options,
			   const struct libspawn_options *given,
			   struct failure *failure)
{
	struct request request;
	int code = libspawn__request_read(&request, given, failure);

	*options = request.options;
	return code;
}
