/* SPDX-License-Identifier: MIT */
/*
 * Begins the stages of a pipeline one after the other, and awaits them then. If
 * one fails, nothing of the others stays: no process, no descriptor, no word to
 * the caller.
 */
#define _GNU_SOURCE
#include "process/pipeline.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calm.h"
#include "process/stage.h"
#include "process/stop.h"
#include "start/together.h"

/* The library's own words for what no start has refused. */
static int tell_refusal(const struct joining *joining, int code,
			struct libspawn_error *error)
{
	failure_tell(&joining->failure, code, error);
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

/* The first that fails is told, also when a later one could not be begun. */
static int finish_stages(struct joining *joining, struct libspawn_error *error)
{
	const uint32_t begun = joining->stage;
	int code = 0;

	for (joining->stage = 0; joining->stage < begun && !code;
	     joining->stage++) {
		libspawn__stage_read(joining);
		if (joining->pending[joining->stage])
			code = libspawn__stage_finish(joining, error);
	}
	joining->stage = begun;
	return code;
}

static int start_next(struct joining *joining, struct libspawn_error *error)
{
	int code = libspawn__stage_read(joining);

	return code < 0 ? tell_refusal(joining, code, error)
			: libspawn__stage_start(joining, error);
}

static int begin_stages(struct joining *joining, struct libspawn_error *error)
{
	int code = 0;

	for (; joining->stage < joining->pipeline->count; joining->stage++) {
		code = start_next(joining, error);
		if (code)
			break;
	}
	return code;
}

static int start_stages(struct joining *joining, struct libspawn_error *error)
{
	struct libspawn_error earlier;
	int code = begin_stages(joining, error);

	if (finish_stages(joining, &earlier) == 0)
		return code;
	*error = earlier;
	return earlier.code;
}

/* A program with other ids can't be killed: it counts as one that started. */
static void cancel_stage(struct joining *joining, uint32_t stage)
{
	struct libspawn_pending *pending = joining->pending[stage];

	if (pending && libspawn_cancel(pending) == EPERM)
		libspawn_finish(pending, LIBSPAWN_FOREVER,
				&joining->processes[stage], NULL);
	joining->pending[stage] = NULL;
}

static void stop_stage(struct libspawn_process *process)
{
	if (process->pid == 0)
		return;
	process->flags = 0; /* not to be interrupted */
	if (libspawn__stop(process, NULL, NULL) == EPERM)
		libspawn_wait(process, LIBSPAWN_FOREVER, NULL);
	libspawn_close(process);
}

/* Those that run are killed together, so that none goes on meanwhile. */
static void undo_stages(struct joining *joining)
{
	uint32_t n;

	stage_close(joining);
	for (n = 0; n < joining->first_end; n++)
		if (joining->ends[n] >= 0)
			close(joining->ends[n]);
	for (n = 0; n < joining->stage; n++)
		if (joining->processes[n].pid)
			libspawn_signal(&joining->processes[n], SIGKILL, 0);
	for (n = 0; n < joining->stage; n++)
		cancel_stage(joining, n);
	for (n = 0; n < joining->stage; n++)
		stop_stage(&joining->processes[n]);
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

/* One alone gains nothing, and who joins a group needs its leader's. */
static int may_begin_at_once(const struct pipeline *pipeline)
{
	return pipeline->count > 1 &&
	       !(pipeline->flags & LIBSPAWN_PIPELINE_GROUP) &&
	       !libspawn__together_is_traced();
}

/* With cancellation off: it would leave half a pipeline. Hazard 6. */
static int join_stages(struct joining *joining,
		       struct libspawn_process *processes,
		       struct libspawn_error *error)
{
	struct calm calm;
	int code;

	calm_begin(&calm);
	joining->at_once = may_begin_at_once(joining->pipeline);
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

/* All of it in one block, at joining->rows: zeros, but for the ends. */
static int allocate_joining(struct joining *joining)
{
	const struct pipeline *pipeline = joining->pipeline;
	size_t rows = pipeline->most_rows + STAGE_ROWS;
	size_t of_stage = sizeof *joining->processes + sizeof *joining->pending;

	joining->rows = calloc(
		1, rows * sizeof *joining->rows + pipeline->count * of_stage +
			   pipeline->rows * sizeof *joining->ends);
	if (!joining->rows)
		return libspawn__refuse(&joining->failure, LIBSPAWN_STEP_MEMORY,
					-1, ENOMEM);
	joining->processes = (void *)(joining->rows + rows);
	joining->pending = (void *)(joining->processes + pipeline->count);
	joining->ends = (void *)(joining->pending + pipeline->count);
	memset(joining->ends, -1, pipeline->rows * sizeof *joining->ends);
	return 0;
}

int libspawn__pipeline_start(const struct pipeline *pipeline,
			     struct libspawn_process *processes,
			     struct libspawn_error *error)
{
	struct joining joining = { .pipeline = pipeline, .reading = -1 };
	int code = allocate_joining(&joining);

	if (code < 0)
		return tell_refusal(&joining, code, error);
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
