/* SPDX-License-Identifier: MIT */
/* The part of why_not_fork.c in which workers do the work. */
#include "why_not_fork.h"
#include <libspawn_workers.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The recipe is its data; its caller waits for its status. */
static int do_in_worker(struct libspawn_worker *self)
{
	uint64_t size;

	return do_work(libspawn_worker_data(self, &size));
}

static const struct libspawn_function functions[] = {
	{ .name = "do work", .run = do_in_worker },
};

int be_worker(void)
{
	return libspawn_worker_main(functions, 1);
}

void have_it_done(const char *recipe, struct libspawn_status *status)
{
	const struct libspawn_worker_how how = {
		.size = sizeof how,
		.data = recipe,
		.data_size = strlen(recipe) + 1,
	};
	struct libspawn_worker *worker;
	struct libspawn_error error;
	char text[256];

	if (libspawn_worker_start(&worker, "do work", &how, &error)) {
		libspawn_worker_explain(text, sizeof text, &error, "do work",
					&how);
		fprintf(stderr, "why_not_fork: %s\n", text);
		exit(1);
	}
	libspawn_worker_close(worker, LIBSPAWN_FOREVER, status);
}
