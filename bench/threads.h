/* SPDX-License-Identifier: MIT */
#ifndef BENCH_THREADS_H
#define BENCH_THREADS_H

#include "run.h"

/* threads.c */
int run_threads(struct run *run, size_t method);

#endif
