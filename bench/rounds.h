/* SPDX-License-Identifier: MIT */
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

#include "run.h"

/* rounds.c */
int run_rounds(struct run *run);
void run_free(struct run *run);

#endif
