/* SPDX-License-Identifier: MIT */
/*
 * What workers cost, next to the same by hand, in interleaved rounds:
 *
 *	start      a worker to its first message; libspawn_start() of the same
 *	           program, which writes to a socket pair
 *	template   one of a template to its first message; the caller's share
 *	           with LIBSPAWN_WORKER_LATER; a bare fork() with a socket pair
 *	round      64 bytes there and back; the same over a bare socket pair
 *	tasks      through a pool of four, as they come
 *
 *	bench-workers [ROUNDS [MIB]]
 *
 * MIB: of memory that the template, and the process that forks, have touched.
 * Prints medians.
 */
#define _GNU_SOURCE
#include "workers_ways.h"
#include <libspawn_workers.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS_MOST = 10000, WAYS_MOST = 16 };

/* ---- In workers -------------------------------------------------------- */

static int say_hello(struct libspawn_worker *self)
{
	const struct libspawn_message message = { .size = 0 };

	return libspawn_worker_send(self, &message, LIBSPAWN_FOREVER);
}

static int echo(struct libspawn_worker *self)
{
	struct libspawn_message message;

	while (libspawn_worker_receive(self, &message, LIBSPAWN_FOREVER) == 0)
		libspawn_worker_send(self, &message, LIBSPAWN_FOREVER);
	return 0;
}

static int do_task(void *context, const struct libspawn_message *given,
		   struct libspawn_message *result)
{
	(void)context;
	*result = (struct libspawn_message){ .bytes = given->bytes,
					     .size = given->size };
	return 0;
}

static int serve(struct libspawn_worker *self)
{
	return libspawn_worker_serve(self, do_task, NULL);
}

static int be_template(struct libspawn_worker *self)
{
	uint64_t size;
	const void *data = libspawn_worker_data(self, &size);
	size_t bytes = 0;

	if (size == sizeof bytes)
		memcpy(&bytes, data, size);
	use_memory(bytes);
	return libspawn_template_serve(self);
}

static const struct libspawn_function functions[] = {
	{ .name = "hello", .run = say_hello },
	{ .name = "echo", .run = echo },
	{ .name = "serve", .run = serve },
	{ .name = "template", .run = be_template },
};

/* ---- Rounds ------------------------------------------------------------ */

static int compare_times(const void *one, const void *other)
{
	const double a = *(const double *)one;
	const double b = *(const double *)other;

	return (a > b) - (a < b);
}

static double median_of(double *times, int count)
{
	qsort(times, (size_t)count, sizeof *times, compare_times);
	return times[count / 2];
}

static void measure(int rounds)
{
	static double times[WAYS_MOST][ROUNDS_MOST];

	for (int round = -1; round < rounds; round++)
		for (int n = 0; ways[n].name; n++)
			times[n][round < 0 ? 0 : round] = ways[n].run();
	for (int n = 0; ways[n].name; n++)
		printf("%-46s %9.1f us\n", ways[n].name,
		       median_of(times[n], rounds));
}

int main(int argc, char **argv)
{
	int status = libspawn_worker_main(functions,
					  sizeof functions / sizeof *functions);
	int rounds = argc > 1 ? atoi(argv[1]) : 50;

	if (status >= 0)
		return status;
	if (argc > 1 && strcmp(argv[1], "-byte") == 0)
		return write(3, "x", 1) != 1;
	if (rounds < 1 || rounds > ROUNDS_MOST)
		give_up("how many rounds?");
	have_template((size_t)(argc > 2 ? atoi(argv[2]) : 0) << 20);
	measure(rounds);
	return 0;
}
