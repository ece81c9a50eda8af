/* SPDX-License-Identifier: MIT */
#ifndef BENCH_CALLER_H
#define BENCH_CALLER_H

#include <stddef.h>

/* caller.c */
int caller_pin(int cpu);
void caller_unpin(void);
const char *caller_grow(void **memory, size_t mib);
void caller_shrink(void *memory, size_t mib);

#endif
