/* SPDX-License-Identifier: MIT */
/*
 * Runs programs to their end and hands over what they wrote: the frame around
 * pipeline.c, which starts them, and serve.c, which sees to the rest. Whatever
 * fails, nothing of it stays. The sign of an errno flips here.
 */
#define _GNU_SOURCE
#include "process/serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calm.h"
#include "process/stop.h"

#if !defined(LIBSPAWN_NO_AFTER)

/* ---- Memory ------------------------------------------------------------ */

/* Everything of a run but what it captures, in one block. */
static void *allocate_run(struct run *run)
{
	size_t count = run->pipeline.count;
	size_t head = count * (sizeof *run->statuses + sizeof *run->processes +
			       sizeof *run->pump.fds) +
		      PUMP_PIPES * sizeof *run->pump.fds;
	char *block = malloc(head + SCRATCH_SIZE);
	int n;

	if (!block)
		return NULL;
	memset(block, 0, head);
	run->statuses = (void *)block;
	run->processes = (void *)(run->statuses + count);
	run->pump.fds = (void *)(run->processes + count);
	run->pump.count = (uint32_t)(PUMP_PIPES + count);
	for (n = 0; n < PUMP_OUTLETS; n++)
		run->pump.outlets[n].scratch = block + head;
	return block;
}

/* The caller's own memory stays. */
static void free_outlets(struct run *run)
{
	int n;

	for (n = 0; n < PUMP_OUTLETS; n++) {
		struct outlet *outlet = &run->pump.outlets[n];

		if (outlet->output && !outlet->output->buffer)
			libspawn__buffer_free(&outlet->buffer);
	}
}

/* ---- The end ----------------------------------------------------------- */

static void note_flags(struct run *run)
{
	const struct outlet *outlets = run->pump.outlets;

	if (libspawn__outlet_is_cut(&outlets[PUMP_OUTPUT]))
		run->flags |= LIBSPAWN_RUN_OUTPUT_CUT;
	if (libspawn__outlet_is_cut(&outlets[PUMP_ERROR]))
		run->flags |= LIBSPAWN_RUN_ERROR_CUT;
	if (run->pump.inlet.left > 0)
		run->flags |= LIBSPAWN_RUN_INPUT_LEFT;
	if (libspawn__pump_is_open(&run->pump))
		run->flags |= LIBSPAWN_RUN_LEFT_OPEN;
}

static void close_processes(struct run *run)
{
	uint32_t n;

	for (n = 0; n < run->pipeline.count; n++)
		libspawn_close(&run->processes[n]);
}

static void tell_result(struct run *run, struct libspawn_result *result)
{
	uint32_t count = run->pipeline.count;

	memset(result, 0, sizeof *result);
	result->process = run->processes[count - 1];
	result->status = run->statuses[count - 1];
	result->input_size = run->pump.inlet.written;
	result->flags = run->flags;
	libspawn__outlet_deliver(&run->pump.outlets[PUMP_OUTPUT],
				 &result->output);
	libspawn__outlet_deliver(&run->pump.outlets[PUMP_ERROR],
				 &result->error);
	if (run->capture.statuses)
		memcpy(run->capture.statuses, run->statuses,
		       count * sizeof *run->statuses);
}

/* ---- The way there ----------------------------------------------------- */

/* 0, or a positive errno value with its error. */
static int serve_pipeline(struct run *run, struct libspawn_error *error)
{
	struct failure failure = { LIBSPAWN_STEP_CAPTURE, -1 };
	int code = libspawn__serve_run(run);

	if (code == 0) {
		note_flags(run);
		close_processes(run);
		return 0;
	}
	libspawn__serve_abandon(run);
	close_processes(run);
	failure.index = run->pump.failed;
	return failure_tell(&failure, code, error);
}

static int start_and_serve(struct run *run, struct libspawn_error *error)
{
	struct failure failure;
	int code = libspawn__streams_open(&run->pump, &run->pipeline.ends,
					  &run->capture, &failure);

	if (code < 0) {
		libspawn__streams_close(&run->pipeline.ends, &run->capture);
		return failure_tell(&failure, code, error);
	}
	code = libspawn__pipeline_start(&run->pipeline, run->processes, error);
	libspawn__streams_close(&run->pipeline.ends, &run->capture);
	return code ? code : serve_pipeline(run, error);
}

static int run_in_memory(struct run *run, struct libspawn_result *result,
			 struct libspawn_error *error)
{
	const struct failure no_memory = { LIBSPAWN_STEP_MEMORY, -1 };
	void *memory = allocate_run(run);
	int code;

	if (!memory)
		return failure_tell(&no_memory, -ENOMEM, error);
	code = start_and_serve(run, error);
	libspawn__pump_close(&run->pump);
	if (code == 0)
		tell_result(run, result);
	else
		free_outlets(run);
	free(memory);
	return code;
}

static int run_calmly(struct run *run, struct libspawn_result *result,
		      const struct libspawn_capture *capture,
		      struct libspawn_error *error)
{
	struct failure failure = { LIBSPAWN_STEP_ARGUMENTS, -1 };
	int code = 0;

	if (run->pipeline.count > LIBSPAWN_STAGES_MAX)
		code = -E2BIG;
	if (!result || !run->pipeline.stages || run->pipeline.count == 0)
		code = -EINVAL;
	if (code == 0)
		code = libspawn__capture_read(&run->capture, capture, &failure);
	if (code < 0)
		return failure_tell(&failure, code, error);
	libspawn__stop_read(&run->stop, run->capture.stop);
	if (run->capture.flags & LIBSPAWN_CAPTURE_GROUP)
		run->pipeline.flags |= LIBSPAWN_PIPELINE_GROUP;
	run->pipeline.capture = &run->capture;
	code = libspawn__pipeline_read(&run->pipeline, error);
	return code ? code : run_in_memory(run, result, error);
}

static int run_pipeline(struct run *run, struct libspawn_result *result,
			const struct libspawn_capture *capture,
			struct libspawn_error *error)
{
	struct libspawn_error unwanted;
	struct calm calm;
	int code;

	run->pump.inlet.fd = -1;
	run->pump.outlets[PUMP_OUTPUT].fd = -1;
	run->pump.outlets[PUMP_ERROR].fd = -1;
	calm_begin(&calm);
	code = run_calmly(run, result, capture, error ? error : &unwanted);
	calm_end(&calm);
	return code;
}

/* ---- The calls --------------------------------------------------------- */

int libspawn_run(struct libspawn_result *result, const char *program,
		 char *const argv[], const struct libspawn_options *options,
		 const struct libspawn_capture *capture,
		 struct libspawn_error *error)
{
	const struct libspawn_stage stage = {
		.program = program,
		.argv = argv,
		.options = options,
	};
	struct run run = { .pipeline = { .stages = &stage, .count = 1 } };

	return run_pipeline(&run, result, capture, error);
}

int libspawn_run_pipeline(struct libspawn_result *result,
			  const struct libspawn_stage *stages, uint32_t count,
			  const struct libspawn_capture *capture,
			  struct libspawn_error *error)
{
	struct run run = { .pipeline = { .stages = stages, .count = count } };

	return run_pipeline(&run, result, capture, error);
}

void libspawn_free(struct libspawn_result *result)
{
	struct libspawn_captured *captured[2];
	int n;

	if (!result)
		return;
	captured[0] = &result->output;
	captured[1] = &result->error;
	for (n = 0; n < 2; n++) {
		struct buffer buffer = { captured[n]->bytes,
					 (size_t)captured[n]->room };

		/* Without room of ours, it is the caller's. */
		if (buffer.room == 0)
			continue;
		libspawn__buffer_free(&buffer);
		captured[n]->bytes = NULL;
		captured[n]->room = 0;
	}
}

#endif
