/* SPDX-License-Identifier: MIT */
#ifndef BENCH_BYSTANDER_H
#define BENCH_BYSTANDER_H

#include <stdint.h>

/* bystander.c */
int bystander_begin(void);
void bystander_watch(void);
uint64_t bystander_longest(void);

#endif
