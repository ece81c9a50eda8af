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

/* Above the standard streams. */
enum { FIRST_NUMBER = 3 };
enum { LARGEST_OPTIONS = 4096 };

/* CLONE_NEWPID; linux/sched.h */
#define NUMBERS_ANEW UINT64_C(0x20000000)

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

static int check_table(const struct libspawn_options *options)
{
	if (options->fd_count >= LIBSPAWN_FDS_MAX ||
	    options->keep_count > LIBSPAWN_FDS_MAX)
		return -E2BIG;
	if ((options->fd_count > 0 && !options->fds) ||
	    (options->keep_count > 0 && !options->keep_fds))
		return -EFAULT;
	return 0;
}

static void take_number(uint8_t *taken, uint32_t span, int32_t fd)
{
	if (fd >= FIRST_NUMBER && (uint32_t)(fd - FIRST_NUMBER) < span)
		taken[fd - FIRST_NUMBER] = 1;
}

/* The lowest that the caller does not name. More numbers than it can name. */
static int32_t free_number(const struct libspawn_options *options)
{
	const uint32_t span = options->fd_count + options->keep_count + 1;
	uint8_t *taken = calloc(span, 1);
	int32_t number = 0;

	if (!taken)
		return -ENOMEM;
	for (uint32_t n = 0; n < options->fd_count; n++)
		take_number(taken, span, options->fds[n].child_fd);
	for (uint32_t n = 0; n < options->keep_count; n++)
		take_number(taken, span, options->keep_fds[n]);
	while (taken[number])
		number++;
	free(taken);
	return FIRST_NUMBER + number;
}

static int add_end(struct outfit *outfit, int32_t fd)
{
	struct libspawn_options *options = outfit->options;
	const uint32_t count = options->fd_count;
	int32_t number = check_table(options);

	if (number == 0)
		number = free_number(options);
	if (number < 0)
		return number;
	outfit->rows = calloc(count + 1, sizeof *outfit->rows);
	if (!outfit->rows)
		return -ENOMEM;
	if (count > 0)
		memcpy(outfit->rows, options->fds,
		       count * sizeof *options->fds);
	outfit->rows[count].child_fd = number;
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

/* The kernel drops the signal of a leash to who is first in a pid namespace. */
static void add_first_process(struct libspawn_options *options)
{
	if (options->new_namespaces & NUMBERS_ANEW)
		options->flags |= LIBSPAWN_INIT;
}

int libspawn__outfit_add(struct outfit *outfit, int32_t fd)
{
	int code = add_end(outfit, fd);

	if (code == 0)
		code = add_variable(outfit);
	if (code == 0)
		add_first_process(outfit->options);
	return code;
}

/* Our row is behind those of the caller, and before what it keeps. */
void libspawn__outfit_correct(const struct outfit *outfit,
			      struct libspawn_error *error)
{
	const int32_t own = (int32_t)outfit->options->fd_count - 1;

	if (error->step != LIBSPAWN_STEP_FD || error->index < own)
		return;
	error->index = error->index == own ? -1 : error->index - 1;
}

void libspawn__outfit_free(struct outfit *outfit)
{
	free(outfit->options);
	free(outfit->rows);
	free(outfit->variables);
}
