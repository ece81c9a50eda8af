/* SPDX-License-Identifier: MIT */
/* A seccomp filter about one system call. */
#ifndef TESTS_FILTER_H
#define TESTS_FILTER_H

#include <stdint.h>

#include "libspawn.h"

/* Give this answer to one system call and allow all others. */
void fill_filter(struct libspawn_bpf filter[4], uint32_t number,
		 uint32_t answer);

#endif
