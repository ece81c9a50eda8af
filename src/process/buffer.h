/* SPDX-License-Identifier: MIT */
/* A block of memory that grows while a stream is read into it. */
#ifndef LIBSPAWN_BUFFER_H
#define LIBSPAWN_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
	char *bytes;
	size_t room; /* bytes there are for data; one more for a NUL */
};

/*
 * buffer.c: more room than before, but not more than limit, which is above
 * what there is; 0 or -ENOMEM, and then it is as it was.
 */
int libspawn__buffer_grow(struct buffer *buffer, uint64_t limit);
void libspawn__buffer_free(struct buffer *buffer);

#endif
