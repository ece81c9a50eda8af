/* SPDX-License-Identifier: MIT */
/* Starts programs joined by pipes. */
#ifndef LIBSPAWN_PIPELINE_H
#define LIBSPAWN_PIPELINE_H

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
	size_t rows;	  /* of the tables of all stages */
	size_t most_rows; /* of one stage */
};

/*
 * pipeline.c: reads all stages and counts their rows, before anything is
 * opened. 0 or a positive errno value, as libspawn_start_pipeline().
 */
int libspawn__pipeline_read(struct pipeline *pipeline,
			    struct libspawn_error *error);
/* The same for starting those that were read. */
int libspawn__pipeline_start(const struct pipeline *pipeline,
			     struct libspawn_process *processes,
			     struct libspawn_error *error);

#endif
