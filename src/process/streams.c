/* SPDX-License-Identifier: MIT */
/*
 * Opens the pipes of a program that is run. Our ends never block; the child's
 * are as a shell would make them, since that flag is for each end apart.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>

#include "backend/descriptor.h"
#include "process/capture.h"

/* Both ends of the pipe of one stream. */
struct new_pipe {
	int32_t ours;
	int32_t childs;
};

static int is_piped(uint32_t kind)
{
	return kind == LIBSPAWN_STREAM_MEMORY ||
	       kind == LIBSPAWN_STREAM_CALLBACK;
}

static int open_new_pipe(struct new_pipe *made, int child_reads)
{
	int ends[2];
	int code = libspawn__descriptor_pipe(ends);

	if (code < 0)
		return code;
	made->ours = ends[child_reads];
	made->childs = ends[!child_reads];
	if (fcntl(made->ours, F_SETFL,
		  (child_reads ? O_WRONLY : O_RDONLY) | O_NONBLOCK) == 0)
		return 0;
	code = -errno;
	libspawn__descriptor_close(ends[0]);
	libspawn__descriptor_close(ends[1]);
	return code;
}

/* ---- Rows of the child's table ----------------------------------------- */

/* What the child gets: its end, what the caller names, or nothing of ours. */
static void make_row(struct libspawn_fd *row, uint32_t kind, int32_t fd)
{
	switch (kind) {
	case LIBSPAWN_STREAM_NULL: row->kind = LIBSPAWN_FD_NULL; break;
	case LIBSPAWN_STREAM_FD:
	case LIBSPAWN_STREAM_MEMORY:
	case LIBSPAWN_STREAM_CALLBACK:
		row->kind = LIBSPAWN_FD_FROM;
		row->parent_fd = fd;
		break;
	default: break;
	}
}

static int open_input(struct pump *pump, struct libspawn_fd *row,
		      const struct libspawn_input *input)
{
	struct new_pipe made = { -1, input->fd };
	int code = 0;

	if (is_piped(input->kind))
		code = open_new_pipe(&made, 1);
	if (code < 0)
		return code;
	make_row(row, input->kind, made.childs);
	pump->inlet.fd = made.ours;
	pump->inlet.next = input->bytes;
	pump->inlet.left = input->size;
	return 0;
}

/* The first block is there before the child is: it may have nothing to say. */
static int prepare_buffer(struct outlet *outlet)
{
	const struct libspawn_output *output = outlet->output;

	if (output->kind != LIBSPAWN_STREAM_MEMORY)
		return 0;
	if (!output->buffer)
		return libspawn__buffer_grow(&outlet->buffer,
					     output->limit ? output->limit
							   : UINT64_MAX);
	outlet->buffer.bytes = output->buffer;
	outlet->buffer.room = (size_t)output->limit;
	return 0;
}

static int open_output(struct outlet *outlet, struct libspawn_fd *row,
		       const struct libspawn_output *output)
{
	struct new_pipe made = { -1, output->fd };
	int code;

	outlet->output = output;
	code = prepare_buffer(outlet);
	if (code == 0 && is_piped(output->kind))
		code = open_new_pipe(&made, 0);
	if (code < 0)
		return code;
	make_row(row, output->kind, made.childs);
	outlet->fd = made.ours;
	return 0;
}

/* The same as the output's row. */
static void merge_error(struct pipeline_ends *ends)
{
	int32_t child_fd = ends->error.child_fd;

	ends->error = ends->output;
	ends->error.child_fd = child_fd;
}

int libspawn__streams_open(struct pump *pump, struct pipeline_ends *ends,
			   const struct libspawn_capture *capture,
			   struct failure *failure)
{
	struct outlet *outlets = pump->outlets;
	int code;

	failure->step = LIBSPAWN_STEP_CAPTURE;
	failure->index = STREAM_INPUT;
	ends->output.child_fd = STREAM_OUTPUT;
	ends->error.child_fd = STREAM_ERROR;
	code = open_input(pump, &ends->input, &capture->input);
	if (code == 0) {
		failure->index = STREAM_OUTPUT;
		code = open_output(&outlets[PUMP_OUTPUT], &ends->output,
				   &capture->output);
	}
	if (code == 0) {
		failure->index = STREAM_ERROR;
		code = open_output(&outlets[PUMP_ERROR], &ends->error,
				   &capture->error);
	}
	if (capture->error.kind == LIBSPAWN_STREAM_MERGED)
		merge_error(ends);
	return code;
}

/* Those that are no pipes are the caller's. */
static void close_row(struct libspawn_fd *row, uint32_t kind)
{
	if (is_piped(kind) && row->kind == LIBSPAWN_FD_FROM)
		libspawn__descriptor_close(row->parent_fd);
	row->kind = 0;
}

void libspawn__streams_close(struct pipeline_ends *ends,
			     const struct libspawn_capture *capture)
{
	close_row(&ends->input, capture->input.kind);
	close_row(&ends->output, capture->output.kind);
	close_row(&ends->error, capture->error.kind);
}
