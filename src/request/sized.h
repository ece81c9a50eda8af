/* SPDX-License-Identifier: MIT */
/* Structs of a caller that begin with their size, as openat2(2) has them. */
#ifndef LIBSPAWN_REQUEST_SIZED_H
#define LIBSPAWN_REQUEST_SIZED_H

#include <stddef.h>
#include <stdint.h>

/*
 * sized.c: given is NULL or a struct of any size, all of which begins with a
 * uint32_t that tells it; mine is one of ours, of `known` bytes. Copies what
 * there is of it, and 0 for the rest; of NULL, no more than the size of ours.
 * -EINVAL for one smaller than `smallest`, -E2BIG for one with what this
 * library doesn't know.
 */
int libspawn__sized_copy(void *mine, size_t known, const void *given,
			 size_t smallest);
/* Whether all bytes are 0. */
int libspawn__sized_is_zero(const void *memory, size_t size);

#endif
