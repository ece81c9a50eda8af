/* SPDX-License-Identifier: MIT */
/*
 * Starts the stages of a pipeline one after the other. If one fails, nothing of
 * those before it stays: no process, no descriptor, no word to the caller.
 */
#define _GNU_SOURCE
#include "process/pipeline.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calm.h"
#include "process/end.h"
#include "process/stage.h"

/* The library's own words for what no start has refused. */
static int tell_refusal(const struct joining *joining, int code,
			struct libspawn_error *error)
{
	memset(error, 0, sizeof *error);
	error->code = -code;
	error->step = joining->failure.step;
	error->index = joining->failure.index;
	error->stage = joining->stage;
	return -code;
}

static int read_stage(struct pipeline *pipeline, struct joining *joining)
{
	size_t rows;
	int code = libspawn__stage_read(joining);

	if (code == 0)
		code = libspawn__stage_check(joining);
	rows = joining->options.fd_count;
	pipeline->rows += rows;
	if (pipeline->most_rows < rows)
		pipeline->most_rows = rows;
	return code;
}

int libspawn__pipeline_read(struct pipeline *pipeline,
			    struct libspawn_error *error)
{
	struct joining joining = { .pipeline = pipeline };
	struct calm calm;
	int code = 0;

	calm_begin(&calm);
	pipeline->rows = pipeline->most_rows = 0;
	while (joining.stage < pipeline->count) {
		code = read_stage(pipeline, &joining);
		if (code < 0)
			break;
		joining.stage++;
	}
	calm_end(&calm);
	return code < 0 ? tell_refusal(&joining, code, error) : 0;
}

static int start_stages(struct joining *joining, struct libspawn_error *error)
{
	int code = 0;

	for (; joining->stage < joining->pipeline->count; joining->stage++) {
		code = libspawn__stage_read(joining);
		if (code < 0)
			return tell_refusal(joining, code, error);
		code = libspawn__stage_start(joining, error);
		if (code)
			break;
	}
	return code;
}

/* Those that run are killed together, so that none goes on meanwhile. */
static void undo_stages(struct joining *joining)
{
	uint32_t n;

	libspawn__stage_close(joining);
	for (n = 0; n < joining->first_end; n++)
		if (joining->ends[n] >= 0)
			close(joining->ends[n]);
	for (n = 0; n < joining->stage; n++)
		libspawn_signal(&joining->processes[n], SIGKILL, 0);
	for (n = 0; n < joining->stage; n++) {
		joining->processes[n].flags = 0; /* not to be interrupted */
		libspawn__stop(&joining->processes[n], NULL, NULL);
		libspawn_close(&joining->processes[n]);
	}
}

static void deliver_ends(struct joining *joining)
{
	const int32_t *end = joining->ends;
	uint32_t n;

	for (joining->stage = 0; joining->stage < joining->pipeline->count;
	     joining->stage++) {
		libspawn__stage_read(joining);
		for (n = 0; n < joining->options.fd_count; n++, end++)
			if (*end >= 0)
				*joining->options.fds[n].parent_end = *end;
	}
}

/* With cancellation off: it would leave half a pipeline. Hazard 6. */
static int join_stages(struct joining *joining,
		       struct libspawn_process *processes,
		       struct libspawn_error *error)
{
	struct calm calm;
	int code;

	calm_begin(&calm);
	code = start_stages(joining, error);
	if (code) {
		undo_stages(joining);
	} else {
		deliver_ends(joining);
		memcpy(processes, joining->processes,
		       joining->pipeline->count * sizeof *processes);
	}
	calm_end(&calm);
	return code;
}

int libspawn__pipeline_start(const struct pipeline *pipeline,
			     struct libspawn_process *processes,
			     struct libspawn_error *error)
{
	struct joining joining = { .pipeline = pipeline, .reading = -1 };
	size_t count = pipeline->count;
	size_t ends = pipeline->rows;
	size_t rows = pipeline->most_rows + STAGE_ROWS;
	int code;

	joining.rows =
		malloc(rows * sizeof *joining.rows + count * sizeof *processes +
		       ends * sizeof *joining.ends);
	if (!joining.rows) {
		code = libspawn__refuse(&joining.failure, LIBSPAWN_STEP_MEMORY,
					-1, ENOMEM);
		return tell_refusal(&joining, code, error);
	}
	joining.processes = (void *)(joining.rows + rows);
	joining.ends = (void *)(joining.processes + count);
	memset(joining.ends, -1, ends * sizeof *joining.ends);
	code = join_stages(&joining, processes, error);
	free(joining.rows);
	return code;
}

#if !defined(LIBSPAWN_NO_AFTER)

int libspawn_start_pipeline(struct libspawn_process *processes,
			    const struct libspawn_stage *stages, uint32_t count,
			    uint32_t flags, struct libspawn_error *error)
{
	struct pipeline pipeline = {
		.stages = stages,
		.count = count,
		.flags = flags,
	};
	struct joining none = { .failure = { LIBSPAWN_STEP_ARGUMENTS, -1 } };
	struct libspawn_error unwanted;
	int code = 0;

	if (!error)
		error = &unwanted;
	if (count > LIBSPAWN_STAGES_MAX)
		code = -E2BIG;
	if (!processes || !stages || count == 0 ||
	    flags & ~LIBSPAWN_PIPELINE_GROUP)
		code = -EINVAL;
	if (code < 0)
		return tell_refusal(&none, code, error);
	code = libspawn__pipeline_read(&pipeline, error);
	if (code)
		return code;
	return libspawn__pipeline_start(&pipeline, processes, error);
}

#endif
