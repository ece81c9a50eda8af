/* SPDX-License-Identifier: MIT */
/* Whether a template may fork, and the fork itself. */
#ifndef LIBSPAWN_WORKERS_THREADS_H
#define LIBSPAWN_WORKERS_THREADS_H

#include <stddef.h>
#include <stdint.h>

/*
 * threads.c: 0 if this process has one thread; -EDEADLK and the name of another
 * if not, or if nobody can tell.
 */
int libspawn__threads_are_one(char *name, size_t size);

/*
 * forking.c: a copy of this process that is a child of its parent, its pid
 * written into *cradle by the kernel. As fork(), with -errno; -ENOTSUP where
 * there is no such thing.
 */
int libspawn__forking_sibling(int32_t *cradle);

#endif
