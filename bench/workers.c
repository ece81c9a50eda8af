/* SPDX-License-Identifier: MIT */
/*
 * What workers cost, next to the same by hand. Each line of its input names a
 * way, and is answered with the microseconds that it took: workers.py has them
 * take turns.
 *
 *	bench-workers TEMPLATE_MIB TASKS
 *
 * ballast.c gives the caller its memory; its workers have none of it.
 */
#define _GNU_SOURCE
#include "workers_ways.h"
#include <libspawn_workers.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t template_bytes;
int task_count;

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

/* Takes any number of bytes, and answers that it has. */
static int take(struct libspawn_worker *self)
{
	const struct libspawn_message answer = { .size = 0 };
	struct libspawn_message message;

	while (libspawn_worker_receive(self, &message, LIBSPAWN_FOREVER) == 0)
		libspawn_worker_send(self, &answer, LIBSPAWN_FOREVER);
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

static void load_given(const struct libspawn_worker *self)
{
	uint64_t size;
	const void *data = libspawn_worker_data(self, &size);
	size_t bytes = 0;

	if (size == sizeof bytes)
		memcpy(&bytes, data, size);
	use_memory(bytes);
}

static int be_template(struct libspawn_worker *self)
{
	load_given(self);
	return libspawn_template_serve(self);
}

/* As large as the template, it forks by itself and tells what that took. */
static int fork_itself(struct libspawn_worker *self)
{
	struct libspawn_message message;
	double took;

	load_given(self);
	while (libspawn_worker_receive(self, &message, LIBSPAWN_FOREVER) == 0) {
		took = fork_by_hand();
		message = (struct libspawn_message){ .bytes = &took,
						     .size = sizeof took };
		libspawn_worker_send(self, &message, LIBSPAWN_FOREVER);
	}
	return 0;
}

static const struct libspawn_function functions[] = {
	{ .name = "hello", .run = say_hello },
	{ .name = "echo", .run = echo },
	{ .name = "take", .run = take },
	{ .name = "serve", .run = serve },
	{ .name = "template", .run = be_template },
	{ .name = "forker", .run = fork_itself },
};

/* ---- Turns ------------------------------------------------------------- */

static const struct way *find_way(const char *name)
{
	static const struct way *const all[] = { ways_of_workers,
						 ways_of_messages,
						 ways_of_pools };

	for (size_t n = 0; n < sizeof all / sizeof *all; n++)
		for (const struct way *way = all[n]; way->name; way++)
			if (strcmp(way->name, name) == 0)
				return way;
	give_up(name);
}

int main(int argc, char **argv)
{
	int status = libspawn_worker_main(functions,
					  sizeof functions / sizeof *functions);
	char name[64];

	if (status >= 0)
		return status;
	/* What libspawn_start() of this program starts. */
	if (argc > 1 && strcmp(argv[1], "-byte") == 0)
		return write(3, "x", 1) != 1;
	if (argc != 3)
		give_up("usage: bench-workers TEMPLATE_MIB TASKS");
	template_bytes = (size_t)atoi(argv[1]) << 20;
	task_count = atoi(argv[2]);
	while (fgets(name, sizeof name, stdin)) {
		name[strcspn(name, "\n")] = '\0';
		printf("%.3f\n", find_way(name)->run());
		fflush(stdout);
	}
	return 0;
}
