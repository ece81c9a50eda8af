/* SPDX-License-Identifier: MIT */
/* Many threads that start programs at once. */
#define _POSIX_C_SOURCE 200809L
#include "threads.h"
#include "sample.h"

#include <pthread.h>
#include <stdlib.h>

struct worker {
	const struct run *run;
	pthread_barrier_t *barrier;
	struct sample *samples; /* run->burst of them */
	size_t method;
	pthread_t thread;
	struct failure failure;
};

static void *work(void *argument)
{
	struct worker *worker = argument;
	const struct method *method = worker->run->table[worker->method];

	if (method->enter)
		method->enter();
	pthread_barrier_wait(worker->barrier);
	for (size_t i = 0; i < worker->run->burst; i++) {
		worker->samples[i].method = worker->method;
		if (take_sample(worker->run, &worker->samples[i],
				&worker->failure))
			break;
	}
	/* What a method leaves behind is not part of a start. */
	pthread_barrier_wait(worker->barrier);
	if (method->leave)
		method->leave();
	return NULL;
}

/* The barrier opens only for all: too few threads must be the end. */
static void create_workers(struct worker *workers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			abort();
}

static int join_workers(struct run *run, struct worker *workers)
{
	int failed = 0;

	for (size_t i = 0; i < run->threads; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].failure.what && !failed) {
			run->failure = workers[i].failure;
			failed = -1;
		}
	}
	run->taken += run->threads * run->burst;
	return failed;
}

/* A burst of one method by each of run->threads threads. */
int run_threads(struct run *run, size_t method)
{
	struct worker *workers = calloc(run->threads, sizeof *workers);
	pthread_barrier_t barrier;
	int failed;

	if (!workers)
		abort();
	pthread_barrier_init(&barrier, NULL, (unsigned int)run->threads);
	for (size_t i = 0; i < run->threads; i++)
		workers[i] = (struct worker){
			.run = run,
			.barrier = &barrier,
			.samples = &run->samples[run->taken + i * run->burst],
			.method = method,
		};
	create_workers(workers, run->threads);
	failed = join_workers(run, workers);
	pthread_barrier_destroy(&barrier);
	free(workers);
	return failed;
}
