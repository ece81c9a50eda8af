/* SPDX-License-Identifier: MIT */
/*
 * The options of a worker's start: the caller's, with a row in the table, a
 * variable and, in a new pid namespace, a first process of our own.
 */
#ifndef LIBSPAWN_WORKERS_OUTFIT_H
#define LIBSPAWN_WORKERS_OUTFIT_H

#include "workers/worker.h"

#define ASSIGNMENT WORKER_VARIABLE "="

struct outfit {
	struct libspawn_options *options;
	struct libspawn_fd *rows;
	const char **variables;
	char assignment[sizeof ASSIGNMENT + 12];
};

/* outfit.c: all-zero before. 0 or -errno. */
int libspawn__outfit_copy(struct outfit *outfit,
			  const struct libspawn_options *given);
/* The worker has `fd` as its end of the channel, and is told its number. */
int libspawn__outfit_add(struct outfit *outfit, int32_t fd);
/* An error of that start: its index is one of the caller's rows, or -1. */
void libspawn__outfit_correct(const struct outfit *outfit,
			      struct libspawn_error *error);
void libspawn__outfit_free(struct outfit *outfit);

#endif
