/* SPDX-License-Identifier: MIT */
/*
 * Reads what a caller wants captured, and refuses what has no meaning before
 * anything exists. Opens nothing.
 */
#define _GNU_SOURCE
#include "process/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>

#include "process/stop.h"
#include "request/sized.h"

#define CAPTURE_FLAGS                                                          \
	(LIBSPAWN_CAPTURE_LINGER | LIBSPAWN_CAPTURE_STOP_AT_LIMIT |            \
	 LIBSPAWN_CAPTURE_GROUP)

/* 0 if a field has a value that its kind does not use. */
static int is_input_sound(const struct libspawn_input *input)
{
	int has_memory = input->kind == LIBSPAWN_STREAM_MEMORY;
	int has_fd = input->kind == LIBSPAWN_STREAM_FD;

	if (input->kind > LIBSPAWN_STREAM_MEMORY || input->spare ||
	    (!has_memory && (input->size || input->bytes)) ||
	    (!has_fd && input->fd))
		return 0;
	return input->bytes || input->size == 0;
}

static int is_output_sound(const struct libspawn_output *output)
{
	int has_memory = output->kind == LIBSPAWN_STREAM_MEMORY;
	int has_take = output->kind == LIBSPAWN_STREAM_CALLBACK;
	int has_fd = output->kind == LIBSPAWN_STREAM_FD;

	if (output->kind > LIBSPAWN_STREAM_MERGED || output->spare ||
	    (!has_memory && !has_take && output->limit) ||
	    (!has_memory && output->buffer) || (!has_take && output->context) ||
	    !has_take != !output->take || (!has_fd && output->fd))
		return 0;
	return !output->buffer ||
	       (output->limit > 0 && output->limit < SIZE_MAX);
}

/* To merge needs a stream to merge with. */
static int is_merge_sound(const struct libspawn_capture *capture)
{
	return capture->output.kind != LIBSPAWN_STREAM_MERGED &&
	       (capture->error.kind != LIBSPAWN_STREAM_MERGED ||
		capture->output.kind != LIBSPAWN_STREAM_TABLE);
}

/* Now: later it might be open because it is one of ours. Hazard 9. */
static int check_descriptor(uint32_t kind, int32_t fd)
{
	if (kind == LIBSPAWN_STREAM_FD && fcntl(fd, F_GETFD) < 0)
		return -errno;
	return 0;
}

static int check_descriptors(const struct libspawn_capture *capture,
			     struct failure *failure)
{
	int code = check_descriptor(capture->input.kind, capture->input.fd);

	failure->index = STREAM_INPUT;
	if (code == 0) {
		failure->index = STREAM_OUTPUT;
		code = check_descriptor(capture->output.kind,
					capture->output.fd);
	}
	if (code == 0) {
		failure->index = STREAM_ERROR;
		code = check_descriptor(capture->error.kind, capture->error.fd);
	}
	return code;
}

static int check_streams(const struct libspawn_capture *capture,
			 struct failure *failure)
{
	failure->index = STREAM_INPUT;
	if (!is_input_sound(&capture->input))
		return -EINVAL;
	failure->index = STREAM_OUTPUT;
	if (!is_output_sound(&capture->output))
		return -EINVAL;
	failure->index = STREAM_ERROR;
	if (!is_output_sound(&capture->error) || !is_merge_sound(capture))
		return -EINVAL;
	return check_descriptors(capture, failure);
}

/* What libspawn_stop() would refuse must not be found out at the deadline. */
static int check_stop(const struct libspawn_capture *capture)
{
	struct libspawn_stop_how how;
	int code = libspawn__stop_read(&how, capture->stop);

	if (code < 0)
		return code;
	if (how.flags & LIBSPAWN_STOP_GROUP &&
	    !(capture->flags & LIBSPAWN_CAPTURE_GROUP))
		return -EINVAL;
	return 0;
}

int libspawn__capture_read(struct libspawn_capture *capture,
			   const struct libspawn_capture *given,
			   struct failure *failure)
{
	int code = libspawn__sized_copy(
		capture, sizeof *capture, given,
		offsetof(struct libspawn_capture, timeout_ms));

	failure->step = LIBSPAWN_STEP_CAPTURE;
	failure->index = STREAM_NONE;
	if (code < 0)
		return code;
	if (capture->flags & ~CAPTURE_FLAGS || capture->timeout_ms < 0 ||
	    (!(capture->flags & LIBSPAWN_CAPTURE_LINGER) && capture->linger_ms))
		return -EINVAL;
	code = check_stop(capture);
	return code < 0 ? code : check_streams(capture, failure);
}
