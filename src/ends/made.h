/* SPDX-License-Identifier: MIT */
/* What a start has opened, and who is to have which side. */
#ifndef LIBSPAWN_ENDS_MADE_H
#define LIBSPAWN_ENDS_MADE_H

#include <stdint.h>

/* The places of the copies; those of the namespaces come after them. */
enum {
	COPY_CWD,
	COPY_LANDLOCK,
	COPY_PROGRAM,
	COPY_INIT, /* the program of the first process: no field's */
	FIELD_COPIES,
};

struct ends {
	int32_t *child_fds; /* by row, -1 where the row has none */
	int32_t *parent_fds;
	int32_t *copies;     /* -1 where none is needed */
	int32_t *namespaces; /* what replaces the options' list */
	uint32_t count;	     /* of rows */
	uint32_t copy_count;
};

#endif
