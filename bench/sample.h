/* SPDX-License-Identifier: MIT */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include "run.h"

/* sample.c */
int take_sample(const struct run *run, struct sample *sample,
		struct failure *failure);

#endif
