/* SPDX-License-Identifier: MIT */
/*
 * The measuring loop. Every round starts every method once, in an order that
 * is shuffled anew for each round, so that drift hits all alike and none has
 * always the same predecessor. Nothing is allocated in the loop.
 */
#define _POSIX_C_SOURCE 200809L
#include "measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP_ROUNDS 50u
/* Where starts that copy memory are no longer cheap enough for each round. */
#define COPIES_MIB 32u
#define COPIES_LEAST 20u

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* As many samples as rounds, or fewer in the measure that each costs more. */
static size_t samples_wanted(const struct method *method, size_t rounds,
			     size_t resident_mib)
{
	size_t wanted;

	if (!method->copies_memory || resident_mib <= COPIES_MIB)
		return rounds;
	wanted = rounds * COPIES_MIB / resident_mib;
	if (wanted < COPIES_LEAST)
		wanted = COPIES_LEAST;
	return wanted < rounds ? wanted : rounds;
}

static int prepare_series(struct series *series, const struct method *method,
			  size_t rounds, size_t resident_mib)
{
	size_t bytes;

	series->method = method;
	series->wanted = samples_wanted(method, rounds, resident_mib);
	series->missing = method->prepare ? method->prepare() : NULL;
	if (series->missing)
		return 0;
	bytes = series->wanted * sizeof(uint64_t);
	series->start_ns = malloc(bytes);
	series->total_ns = malloc(bytes);
	if (!series->start_ns || !series->total_ns)
		return -1;
	/* Touched here, so that no sample pays for a page fault. */
	memset(series->start_ns, 0xff, bytes);
	memset(series->total_ns, 0xff, bytes);
	return 0;
}

/* Room for the samples of all methods; NULL when there is no memory. */
struct series *measure_prepare(size_t rounds, size_t resident_mib)
{
	struct series *series = calloc(method_total(), sizeof *series);
	size_t next = 0;

	if (!series)
		return NULL;
	for (size_t g = 0; g < method_group_count; g++)
		for (size_t m = 0; m < method_groups[g]->count; m++)
			if (prepare_series(&series[next++],
					   &method_groups[g]->methods[m],
					   rounds, resident_mib)) {
				measure_free(series);
				return NULL;
			}
	return series;
}

void measure_free(struct series *series)
{
	for (size_t i = 0; i < method_total(); i++) {
		free(series[i].start_ns);
		free(series[i].total_ns);
	}
	free(series);
}

/* Reap the child; a sample counts only if it really ran the target. */
static int reap_target(const struct started *started)
{
	int status = -1;

	while (waitpid(started->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

static int complain(const struct series *series, const char *what, int value)
{
	fprintf(stderr, "bench: %s (%s): %s %d\n", series->method->name,
		series->method->case_name, what, value);
	return -1;
}

static int take_sample(struct series *series, const struct target *target,
		       bool keep)
{
	struct started started = { .pid = -1, .pidfd = -1 };
	uint64_t before = now_ns();
	int code = series->method->start(&started, target);
	uint64_t returned = now_ns();
	uint64_t reaped;
	int status;

	if (code)
		return complain(series, "start failed with errno", code);
	series->starts++;
	status = reap_target(&started);
	reaped = now_ns();
	if (started.pidfd >= 0)
		close(started.pidfd);
	if (status)
		return complain(series, "target ended with wait status",
				status);
	series->exits++;
	if (keep) {
		series->start_ns[series->count] = returned - before;
		series->total_ns[series->count++] = reaped - before;
	}
	return 0;
}

/* A small generator with a fixed seed: two runs have the same orders. */
static size_t next_random(uint64_t *state, size_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(*state >> 33) % below;
}

static void shuffle_order(size_t *order, size_t count, uint64_t *state)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = next_random(state, i);
		size_t held = order[i - 1];

		order[i - 1] = order[other];
		order[other] = held;
	}
}

/* Whether this round is one of the `wanted` ones, spread over all. */
static bool is_due(const struct series *series, size_t round, size_t rounds)
{
	if (series->missing)
		return false;
	return round * series->wanted / rounds !=
	       (round + 1) * series->wanted / rounds;
}

struct schedule {
	struct series *series;
	size_t *order; /* indices into series */
	size_t rounds;
	uint64_t random;
};

/* Go through the first `limit` rounds of the schedule. */
static int run_rounds(struct schedule *schedule, size_t limit,
		      const struct target *target, bool keep)
{
	size_t count = method_total();

	for (size_t round = 0; round < limit; round++) {
		shuffle_order(schedule->order, count, &schedule->random);
		for (size_t i = 0; i < count; i++) {
			struct series *series =
				&schedule->series[schedule->order[i]];

			if (is_due(series, round, schedule->rounds) &&
			    take_sample(series, target, keep))
				return -1;
		}
	}
	return 0;
}

/* Take all samples. Returns 0, or -1 after a message. */
int measure_run(struct series *series, size_t rounds,
		const struct target *target)
{
	size_t warm_up = rounds < WARM_UP_ROUNDS ? rounds : WARM_UP_ROUNDS;
	struct schedule schedule = { .series = series, .rounds = rounds };
	int failed;

	schedule.order = malloc(method_total() * sizeof *schedule.order);
	if (!schedule.order)
		return -1;
	for (size_t i = 0; i < method_total(); i++)
		schedule.order[i] = i;
	failed = run_rounds(&schedule, warm_up, target, false) ||
		 run_rounds(&schedule, rounds, target, true);
	free(schedule.order);
	return failed ? -1 : 0;
}
