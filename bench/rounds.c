/* SPDX-License-Identifier: MIT */
/*
 * The measuring loop. Every round runs every method, in an order that is
 * shuffled anew for each round, so that drift hits all alike and none has
 * always the same predecessor. Nothing is allocated in the loop.
 */
#define _POSIX_C_SOURCE 200809L
#include "rounds.h"

#include "between.h"
#include "sample.h"
#include "threads.h"

#include <stdlib.h>
#include <string.h>

/* A small generator with a fixed seed: two runs have the same orders. */
static size_t next_random(size_t below)
{
	static uint64_t state;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(state >> 33) % below;
}

static void shuffle(size_t *order, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = next_random(i);
		size_t held = order[i - 1];

		order[i - 1] = order[other];
		order[other] = held;
	}
}

/* A burst of one method by the calling thread alone. */
static int run_burst(struct run *run, size_t method)
{
	for (size_t i = 0; i < run->burst; i++) {
		struct sample *sample = &run->samples[run->taken];

		sample->method = method;
		between_starts();
		if (take_sample(run, sample, &run->failure))
			return -1;
		run->taken++;
	}
	return 0;
}

static int run_method(struct run *run, size_t method)
{
	return run->threads > 1 ? run_threads(run, method)
				: run_burst(run, method);
}

static int make_room(struct run *run)
{
	size_t most = run->rounds * run->threads * run->burst * run->count;

	run->samples = malloc(most * sizeof *run->samples);
	if (!run->samples) {
		run->failure = (struct failure){ run->table[0],
						 "no memory for samples", 0 };
		return -1;
	}
	/* Touched here, so that no sample pays for a page fault. */
	memset(run->samples, 0xff, most * sizeof *run->samples);
	return 0;
}

/* Make all rounds. Returns 0, or -1 with run->failure filled. */
int run_rounds(struct run *run)
{
	if (make_room(run))
		return -1;
	for (size_t round = 0; round < run->rounds; round++) {
		shuffle(run->methods, run->count);
		for (size_t i = 0; i < run->count; i++)
			if (run_method(run, run->methods[i]))
				return -1;
	}
	return 0;
}

void run_free(struct run *run)
{
	free(run->samples);
}
