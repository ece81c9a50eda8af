/* SPDX-License-Identifier: MIT */
/*
 * Adds to the caller's options what a worker needs to find its channel. They
 * are copied as they are, also what a newer header has.
 */
#define _GNU_SOURCE
#include "workers/outfit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_OPTIONS = 4096 };

/* ---- Options ----------------------------------------------------------- */

/* All of them, also those that a newer header has. */
int libspawn__outfit_copy(struct outfit *outfit,
			  const struct libspawn_options *given)
{
	size_t size = sizeof *given;

	if (given && given->size > size)
		size = given->size;
	if (size > LARGEST_OPTIONS)
		return -E2BIG;
	outfit->options = calloc(1, size);
	if (!outfit->options)
		return -ENOMEM;
	if (given)
		memcpy(outfit->options, given, given->size);
	outfit->options->size = (uint32_t)size;
	return 0;
}

/* The lowest above the standard streams that is in no row. */
static int32_t free_number(const struct libspawn_fd *rows, uint32_t count)
{
	int32_t number = 3;
	uint32_t n = 0;

	while (n < count) {
		if (rows[n++].child_fd != number)
			continue;
		number++;
		n = 0;
	}
	return number;
}

static int add_end(struct outfit *outfit, int32_t fd)
{
	struct libspawn_options *options = outfit->options;
	const uint32_t count = options->fd_count;

	if (count >= LIBSPAWN_FDS_MAX)
		return -E2BIG;
	if (count > 0 && !options->fds)
		return -EFAULT;
	outfit->rows = calloc(count + 1, sizeof *outfit->rows);
	if (!outfit->rows)
		return -ENOMEM;
	if (count > 0)
		memcpy(outfit->rows, options->fds,
		       count * sizeof *options->fds);
	outfit->rows[count].child_fd = free_number(options->fds, count);
	outfit->rows[count].kind = LIBSPAWN_FD_FROM;
	outfit->rows[count].parent_fd = fd;
	options->fds = outfit->rows;
	options->fd_count = count + 1;
	snprintf(outfit->assignment, sizeof outfit->assignment, ASSIGNMENT "%d",
		 (int)outfit->rows[count].child_fd);
	return 0;
}

static int add_variable(struct outfit *outfit)
{
	struct libspawn_options *options = outfit->options;
	size_t count = 0;

	while (options->env_set && options->env_set[count])
		count++;
	outfit->variables = calloc(count + 2, sizeof *outfit->variables);
	if (!outfit->variables)
		return -ENOMEM;
	for (size_t n = 0; n < count; n++)
		outfit->variables[n] = options->env_set[n];
	outfit->variables[count] = outfit->assignment;
	options->env_set = (char *const *)(uintptr_t)outfit->variables;
	return 0;
}

int libspawn__outfit_add(struct outfit *outfit, int32_t fd)
{
	int code = add_end(outfit, fd);

	return code < 0 ? code : add_variable(outfit);
}

void libspawn__outfit_free(struct outfit *outfit)
{
	free(outfit->options);
	free(outfit->rows);
	free(outfit->variables);
}
