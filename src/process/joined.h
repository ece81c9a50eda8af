/* SPDX-License-Identifier: MIT */
/* Programs that are to be joined by pipes, as they were asked for. */
#ifndef LIBSPAWN_JOINED_H
#define LIBSPAWN_JOINED_H

#include <stddef.h>
#include <stdint.h>

#include <libspawn.h>

/* Rows for the tables of the stages; kind 0: none. */
struct pipeline_ends {
	struct libspawn_fd input;  /* of the first stage */
	struct libspawn_fd output; /* of the last */
	struct libspawn_fd error;  /* of all */
};

struct pipeline {
	const struct libspawn_stage *stages;
	uint32_t count;
	uint32_t flags; /* LIBSPAWN_PIPELINE_... */
	struct pipeline_ends ends;
	const struct libspawn_capture *capture; /* of a run, else NULL */
	size_t rows;	  /* of the tables of all stages */
	size_t most_rows; /* of one stage */
};

#endif
