/* SPDX-License-Identifier: MIT */
/*
 * The work of why_not_fork.c that needs another compiler or library. What is
 * not built in is a null function: the symbols are weak.
 */
#ifndef WHY_NOT_FORK_H
#define WHY_NOT_FORK_H

#ifdef __cplusplus
extern "C" {
/* why_not_fork.c: the recipe of this name; returns an exit status. */
int do_work(const char *name);

/* why_not_fork_workers.c: as libspawn_worker_main(). */
int be_worker(void);
/* Has a worker do the recipe, and waits for its end. */
struct libspawn_status;
void have_it_done(const char *recipe, struct libspawn_status *status);

#endif

/* why_not_fork_static.cpp: use an object that is constructed at first use. */
void use_static_object(void) __attribute__((weak));
/* Begin to construct it in a thread that does not end before the release. */
void hold_construction(void) __attribute__((weak));
void release_construction(void) __attribute__((weak));

/* why_not_fork_openmp.c: run a loop on two threads. */
void run_parallel_loop(void) __attribute__((weak));
/* Whether this OpenMP library always hangs after fork(). */
int parallel_loop_must_hang(void) __attribute__((weak));

/* why_not_fork.c: the recipe of this name; returns an exit status. */
int do_work(const char *name);

/* why_not_fork_workers.c: as libspawn_worker_main(). */
int be_worker(void);
/* Has a worker do the recipe, and waits for its end. */
struct libspawn_status;
void have_it_done(const char *recipe, struct libspawn_status *status);

#ifdef __cplusplus
}
#endif

#endif
