/* SPDX-License-Identifier: MIT */
/*
 * When to give up: nanoseconds of CLOCK_MONOTONIC, reckoned once for each call.
 */
#ifndef LIBSPAWN_WORKERS_MOMENT_H
#define LIBSPAWN_WORKERS_MOMENT_H

#include <stdint.h>

#define MOMENT_NEVER INT64_MAX
#define MOMENT_PASSED INT64_C(0)

/* moment.c: so many milliseconds from now; below 0: never; 0: passed. */
int64_t libspawn__moment_after(int64_t timeout_ms);
/* Milliseconds that are left, rounded up, for poll(2); -1: without end. */
int libspawn__moment_left(int64_t moment);
/* The same for functions that take a timeout of 64 bits. */
int64_t libspawn__moment_timeout(int64_t moment);

#endif
