/* SPDX-License-Identifier: MIT */
/* Many small tasks through two workers: a pool, and one of forks by hand. */
#define _GNU_SOURCE
#include "workers_ways.h"
#include <libspawn_workers.h>
#include <poll.h>
#include <unistd.h>

enum { WORKERS = 2 };

/* Microseconds for each. The first turn starts the workers. */
static double pool_tasks(void)
{
	static struct libspawn_pool *pool;
	const struct libspawn_pool_how how = { .size = sizeof how,
					       .function = "serve",
					       .workers = WORKERS,
					       .tasks_max = 64 };
	const struct libspawn_message task = { .bytes = "task", .size = 4 };
	struct libspawn_outcome outcome;
	int given = 0;
	double begun;

	if (!pool && libspawn_pool_open(&pool, &how, NULL))
		give_up("no pool");
	begun = now_us();
	for (int taken = 0; taken < task_count; taken++) {
		while (given < task_count &&
		       libspawn_pool_submit(pool, &task, 0) == 0)
			given++;
		if (libspawn_pool_collect(pool, &outcome, 60000) ||
		    outcome.kind != LIBSPAWN_OUTCOME_RESULT)
			give_up("no result");
	}
	return (now_us() - begun) / task_count;
}

/* ---- By hand ----------------------------------------------------------- */

/* A pool as it is written in an afternoon: it knows of no end but success. */
static void fork_pool(struct pollfd *workers)
{
	char bytes[4];
	int ends[2];

	for (int n = 0; n < WORKERS; n++) {
		open_pair(ends);
		if (fork() == 0) {
			close(ends[0]);
			while (read(ends[1], bytes, sizeof bytes) > 0)
				if (write(ends[1], bytes, sizeof bytes) < 0)
					break;
			_exit(0);
		}
		close(ends[1]);
		workers[n] = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	}
}

static void give_task(const struct pollfd *worker, int *given)
{
	if (*given == task_count)
		return;
	if (write(worker->fd, "task", 4) != 4)
		give_up("no task");
	++*given;
}

static double pool_by_hand(void)
{
	static struct pollfd workers[WORKERS];
	char bytes[4];
	int given = 0;
	int taken = 0;
	double begun;

	if (workers[0].fd == 0)
		fork_pool(workers);
	begun = now_us();
	for (int n = 0; n < WORKERS; n++)
		give_task(&workers[n], &given);
	while (taken < task_count) {
		if (poll(workers, WORKERS, -1) < 0)
			give_up("no poll");
		for (int n = 0; n < WORKERS; n++) {
			if (!workers[n].revents)
				continue;
			if (read(workers[n].fd, bytes, sizeof bytes) != 4)
				give_up("no result");
			taken++;
			give_task(&workers[n], &given);
		}
	}
	return (now_us() - begun) / task_count;
}

const struct way ways_of_pools[] = {
	{ "tasks", pool_tasks },
	{ "tasks-by-hand", pool_by_hand },
	{ NULL, NULL },
};
