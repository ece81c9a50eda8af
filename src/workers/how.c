/* SPDX-License-Identifier: MIT */
/*
 * What the caller gave: structs of any version of the header, and whether their
 * fields have a meaning. Creates nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "workers/worker.h"

/* No struct will ever be as large: a number beyond it is not a size. */
enum { LARGEST_STRUCT = 4096, SMALLEST_STRUCT = 8 };

#define WORKER_FLAGS (LIBSPAWN_WORKER_BLOCK | LIBSPAWN_WORKER_LATER)
/* Beyond it a size in bytes is no size. */
#define MOST_BYTES (INT64_MAX / 2)

static int is_zero_beyond_mine(const void *given, size_t known, size_t told)
{
	const unsigned char *byte = given;

	for (size_t at = known; at < told; at++)
		if (byte[at] != 0)
			return 0;
	return 1;
}

int libspawn__how_copy(void *mine, size_t known, const void *given)
{
	const uint32_t size = (uint32_t)known;
	uint32_t told;

	memset(mine, 0, known);
	memcpy(mine, &size, sizeof size);
	if (!given)
		return 0;
	memcpy(&told, given, sizeof told);
	if (told < SMALLEST_STRUCT)
		return -EINVAL;
	if (told > LARGEST_STRUCT || !is_zero_beyond_mine(given, known, told))
		return -E2BIG;
	memcpy(mine, given, told < known ? told : known);
	/* It may be read again, as one of ours. */
	memcpy(mine, &size, sizeof size);
	return 0;
}

static int options_are_sound(const struct libspawn_options *options)
{
	return !options ||
	       (options->size >=
			offsetof(struct libspawn_options, signal_default) &&
		!(options->flags & (LIBSPAWN_INHERIT_FDS | LIBSPAWN_DETACH)));
}

static int how_is_sound(const struct libspawn_worker_how *how,
			uint32_t forbidden)
{
	uint32_t has_block = how->flags & LIBSPAWN_WORKER_BLOCK;

	return (how->flags & (~WORKER_FLAGS | forbidden)) == 0 &&
	       how->data_size <= MOST_BYTES && how->message_max <= MOST_BYTES &&
	       how->message_fds <= LIBSPAWN_MESSAGE_FDS_MAX &&
	       (how->data_size == 0 || (how->data && !has_block)) &&
	       (has_block || how->block_fd == 0);
}

int libspawn__how_read(struct libspawn_worker_how *mine,
		       const struct libspawn_worker_how *given,
		       uint32_t forbidden)
{
	int code = libspawn__how_copy(mine, sizeof *mine, given);

	if (code < 0)
		return code;
	if (!how_is_sound(mine, forbidden) || !options_are_sound(mine->options))
		return -EINVAL;
	if (mine->message_max == 0)
		mine->message_max = WORKER_MESSAGE_MAX;
	return 0;
}

int libspawn__how_fail(struct libspawn_error *error, int code, int step)
{
	if (!error)
		return code;
	memset(error, 0, sizeof *error);
	error->code = code;
	error->step = step;
	error->index = -1;
	return code;
}
