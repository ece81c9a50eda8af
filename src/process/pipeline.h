/* SPDX-License-Identifier: MIT */
/* Starts programs joined by pipes. */
#ifndef LIBSPAWN_PIPELINE_H
#define LIBSPAWN_PIPELINE_H

#include "process/joined.h"

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
