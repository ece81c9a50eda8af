/* SPDX-License-Identifier: MIT */
/*
 * Starts one stage of a pipeline: its table gets rows for its pipes. The end
 * to read the one on its right from comes back from the start, and is closed
 * when the next stage has it: no more than one is open here, however long the
 * pipeline is.
 */
#define _GNU_SOURCE
#include "process/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "request/options.h"
#include "start/together.h"

#define SPEAKS_OF_GROUPS (LIBSPAWN_PROCESS_GROUP | LIBSPAWN_NEW_SESSION)

/* ---- The table of a stage ---------------------------------------------- */

static void add_row(struct joining *joining, const struct libspawn_fd *row)
{
	if (row->kind)
		joining->rows[joining->options.fd_count++] = *row;
}

/* "2>&1": the same as the row for 1, else as the caller's 1. */
static void add_merge(struct joining *joining)
{
	struct libspawn_fd row = {
		.child_fd = 2,
		.kind = LIBSPAWN_FD_FROM,
		.parent_fd = 1,
	};
	uint32_t n;

	for (n = 0; n < joining->options.fd_count; n++) {
		const struct libspawn_fd *output = &joining->rows[n];

		if (output->child_fd != 1)
			continue;
		row.kind = LIBSPAWN_FD_SAME;
		row.parent_fd = 0;
		row.entry = n;
		if (output->kind == LIBSPAWN_FD_SAME)
			row.entry = output->entry;
	}
	add_row(joining, &row);
}

/* What the tables return is told only when all stages have started. */
static void copy_rows(struct joining *joining)
{
	struct libspawn_fd *rows = joining->rows;
	uint32_t n;

	if (joining->options.fd_count > 0)
		memcpy(rows, joining->options.fds,
		       joining->options.fd_count * sizeof *rows);
	for (n = 0; n < joining->options.fd_count; n++)
		if (rows[n].parent_end)
			rows[n].parent_end =
				&joining->ends[joining->first_end + n];
	joining->options.fds = rows;
}

static void add_rows(struct joining *joining, int32_t *next_reading)
{
	const struct pipeline *pipeline = joining->pipeline;
	const struct pipeline_ends *ends = &pipeline->ends;
	const struct libspawn_fd from_before = {
		.kind = LIBSPAWN_FD_FROM,
		.parent_fd = joining->reading,
	};
	const struct libspawn_fd to_next = {
		.child_fd = 1,
		.kind = LIBSPAWN_FD_PIPE_WRITE,
		.parent_end = next_reading,
	};
	uint32_t stage = joining->stage;

	copy_rows(joining);
	add_row(joining, stage == 0 ? &ends->input : &from_before);
	add_row(joining,
		stage + 1 == pipeline->count ? &ends->output : &to_next);
	if (pipeline->stages[stage].flags & LIBSPAWN_STAGE_MERGE)
		add_merge(joining);
	else
		add_row(joining, &ends->error);
}

/* ---- One stage --------------------------------------------------------- */

static void join_group(struct joining *joining)
{
	if (!(joining->pipeline->flags & LIBSPAWN_PIPELINE_GROUP))
		return;
	joining->options.flags |= LIBSPAWN_PROCESS_GROUP;
	joining->options.process_group = joining->leader;
}

int libspawn__stage_read(struct joining *joining)
{
	const struct libspawn_stage *stage =
		&joining->pipeline->stages[joining->stage];
	int code;

	joining->failure.step = LIBSPAWN_STEP_ARGUMENTS;
	joining->failure.index = -1;
	if (stage->flags & ~LIBSPAWN_STAGE_MERGE || stage->spare ||
	    stage->reserved)
		return -EINVAL;
	code = libspawn__options_read(&joining->options, stage->options,
				      &joining->failure);
	if (code < 0)
		return code;
	/* It could neither be waited for nor taken back. */
	if (joining->options.flags & LIBSPAWN_DETACH)
		return libspawn__refuse(&joining->failure, LIBSPAWN_STEP_DETACH,
					-1, EINVAL);
	if (joining->pipeline->flags & LIBSPAWN_PIPELINE_GROUP &&
	    joining->options.flags & SPEAKS_OF_GROUPS)
		return libspawn__refuse(&joining->failure,
					LIBSPAWN_STEP_PROCESS_GROUP, -1,
					EINVAL);
	return 0;
}

/* Whether this descriptor of the stage at hand is a pipe or stream of ours. */
static int is_stream_of_ours(const struct joining *joining, int32_t child_fd)
{
	const struct pipeline *pipeline = joining->pipeline;
	const struct libspawn_capture *capture = pipeline->capture;
	uint32_t stage = joining->stage;

	switch (child_fd) {
	case 0: return stage > 0 || (capture && capture->input.kind);
	case 1:
		return stage + 1 < pipeline->count ||
		       (capture && capture->output.kind);
	case 2:
		return pipeline->stages[stage].flags & LIBSPAWN_STAGE_MERGE ||
		       (capture && capture->error.kind);
	default: return 0;
	}
}

/* While a program is run, the caller has no time for an end of its own. */
static int is_to_be_served(const struct libspawn_fd *row)
{
	return row->kind == LIBSPAWN_FD_PIPE_READ ||
	       row->kind == LIBSPAWN_FD_PIPE_WRITE ||
	       row->kind == LIBSPAWN_FD_SOCKET || row->kind == LIBSPAWN_FD_PTY;
}

/*
 * Hazard 9: a number that is open only because one of our pipes has it by then
 * would be a copy of that pipe, and hold it open.
 */
static int check_table_row(const struct joining *joining,
			   const struct libspawn_fd *row)
{
	if (is_stream_of_ours(joining, row->child_fd) ||
	    (joining->pipeline->capture && is_to_be_served(row)))
		return EINVAL;
	if (row->kind == LIBSPAWN_FD_FROM && fcntl(row->parent_fd, F_GETFD) < 0)
		return errno;
	return 0;
}

int libspawn__stage_check(struct joining *joining)
{
	const struct libspawn_options *options = &joining->options;
	uint32_t n;

	for (n = 0; n < options->fd_count; n++) {
		int code = check_table_row(joining, &options->fds[n]);

		if (code)
			return libspawn__refuse(&joining->failure,
						LIBSPAWN_STEP_FD, (int32_t)n,
						code);
	}
	for (n = 0; n < options->keep_count; n++)
		if (fcntl(options->keep_fds[n], F_GETFD) < 0)
			return libspawn__refuse(
				&joining->failure, LIBSPAWN_STEP_FD,
				(int32_t)(options->fd_count + n), errno);
	return 0;
}

/*
 * A leader that has ended keeps the group until it is reaped; where SIGCHLD is
 * ignored the kernel does that at once. posix_spawn() does not say what failed.
 */
static int is_group_gone(const struct joining *joining,
			 const struct libspawn_error *error)
{
	return joining->leader > 0 &&
	       (error->step == LIBSPAWN_STEP_PROCESS_GROUP ||
		error->step == LIBSPAWN_STEP_POSIX_SPAWN) &&
	       kill(-joining->leader, 0) < 0 && errno == ESRCH;
}

static int begin_stage(struct joining *joining, struct libspawn_error *error)
{
	const struct libspawn_stage *stage =
		&joining->pipeline->stages[joining->stage];
	struct libspawn_pending **pending = &joining->pending[joining->stage];

	if (!joining->at_once)
		return ENOTSUP;
	return libspawn__together_begin(pending, stage->program, stage->argv,
					&joining->options, error);
}

static int start_stage(struct joining *joining, struct libspawn_error *error)
{
	const struct libspawn_stage *stage =
		&joining->pipeline->stages[joining->stage];
	struct libspawn_process *process = &joining->processes[joining->stage];
	int code = libspawn_start(process, stage->program, stage->argv,
				  &joining->options, error);

	if (code && is_group_gone(joining, error)) {
		joining->leader = 0;
		join_group(joining);
		return start_stage(joining, error);
	}
	if (code == 0 && joining->leader == 0)
		joining->leader = process->pid;
	return code;
}

/* A row of ours has no index; what is kept (keep_fds) comes after all rows. */
static void tell_stage(const struct joining *joining, uint32_t own_rows,
		       struct libspawn_error *error)
{
	const int32_t beyond = error->index - (int32_t)own_rows;
	const int32_t ours = is_stream_of_ours(joining, 0) +
			     is_stream_of_ours(joining, 1) +
			     is_stream_of_ours(joining, 2);

	error->stage = joining->stage;
	if (error->step == LIBSPAWN_STEP_FD && beyond >= 0)
		error->index = beyond < ours ? -1 : error->index - ours;
}

/* Where it can't be begun, nobody has to hear of that. */
static int begin_or_start(struct joining *joining, struct libspawn_error *error)
{
	struct libspawn_error refusal;
	int code = begin_stage(joining, &refusal);

	if (code == ENOTSUP)
		return start_stage(joining, error);
	if (code)
		*error = refusal;
	return code;
}

int libspawn__stage_start(struct joining *joining, struct libspawn_error *error)
{
	int32_t next_reading = -1;
	uint32_t own_rows = joining->options.fd_count;
	int code;

	add_rows(joining, &next_reading);
	join_group(joining);
	code = begin_or_start(joining, error);
	if (code) {
		tell_stage(joining, own_rows, error);
		return code;
	}
	stage_close(joining);
	joining->reading = next_reading;
	joining->first_end += own_rows;
	return 0;
}

int libspawn__stage_finish(struct joining *joining,
			   struct libspawn_error *error)
{
	uint32_t stage = joining->stage;
	uint32_t own_rows = joining->options.fd_count;
	int code = libspawn_finish(joining->pending[stage], LIBSPAWN_FOREVER,
				   &joining->processes[stage], error);

	joining->pending[stage] = NULL;
	if (code)
		tell_stage(joining, own_rows, error);
	return code;
}
