/* SPDX-License-Identifier: MIT */
/*
 * Whether a request is bare: one look at the options as a whole, at each start,
 * takes the place of all looks at each of them.
 */
#define _GNU_SOURCE
#include "request/bare.h"

#include <stddef.h>
#include <string.h>

#include "child/every_start.h"

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
