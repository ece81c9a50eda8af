/* SPDX-License-Identifier: MIT */
/* What bench/workers.c measures. */
#ifndef BENCH_WORKERS_WAYS_H
#define BENCH_WORKERS_WAYS_H

#include <stddef.h>
#include <stdint.h>

/* A way, and what it takes, in microseconds. */
struct way {
	const char *name;
	double (*run)(void);
};

struct libspawn_worker;
struct libspawn_message;

/* workers_ways.c: starts; up to one without a name. */
extern const struct way ways_of_workers[];
/* workers_messages.c */
extern const struct way ways_of_messages[];
/* workers_pools.c: many tasks. */
extern const struct way ways_of_pools[];

/* workers.c: so much memory of the template, and of what forks by hand. */
extern size_t template_bytes;
/* Tasks of a pool. */
extern int task_count;

/* workers_ways.c */
double now_us(void);
/* Has so much memory from now on, in small pages. */
void use_memory(size_t bytes);
_Noreturn void give_up(const char *what);
/* A worker that stays until this process ends. */
struct libspawn_worker *keep_worker(const char *function);
void receive_from(struct libspawn_worker *worker,
		  struct libspawn_message *message);
/* Both ends of a bare channel. */
void open_pair(int ends[2]);
/* From the call to the first byte of a bare fork(). */
double fork_by_hand(void);

#endif
