/* SPDX-License-Identifier: MIT */
/* What a caller wants of the streams of a program that is run. */
#ifndef LIBSPAWN_CAPTURE_H
#define LIBSPAWN_CAPTURE_H

#include <libspawn.h>

#include "process/pipeline.h"
#include "process/pump.h"
#include "request/request.h"

/* capture.c: a copy of this library's size, and whether it has a meaning. */
int libspawn__capture_read(struct libspawn_capture *capture,
			   const struct libspawn_capture *given,
			   struct failure *failure);

/*
 * streams.c: opens the pipes; our ends go to the pump, the rows for the child's
 * to `ends`. All or nothing.
 */
int libspawn__streams_open(struct pump *pump, struct pipeline_ends *ends,
			   const struct libspawn_capture *capture,
			   struct failure *failure);
/* Closes the child's ends: it has its own by now, or never will. */
void libspawn__streams_close(struct pipeline_ends *ends,
			     const struct libspawn_capture *capture);

#endif
