/* SPDX-License-Identifier: MIT */
/*
 * Starting a worker: this program, with the caller's options and two things of
 * our own: a row in the table, which is its end of the channel, and a variable
 * with its number.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workers/quiet.h"
#include "workers/worker.h"

#define ASSIGNMENT WORKER_VARIABLE "="

/* Of a path, on systems that set no bound to it. */
enum { PATH_ROOM = 4096, LARGEST_OPTIONS = 4096 };

/* What is put together for libspawn_start(), on its way. */
struct launch {
	struct libspawn_options *options;
	struct libspawn_fd *rows;
	const char **variables;
	const char *program;
	char *const *argv;
	const char *own_argv[3];
	int32_t program_fd;
	int32_t ends[2]; /* of the channel: the caller's, the worker's */
	int32_t leash[2];
	char assignment[sizeof ASSIGNMENT + 12];
	char path[PATH_ROOM];
	char name[PATH_ROOM];
};

/* ---- Options ----------------------------------------------------------- */

/* All of them, also those that a newer header has. */
static int copy_options(struct launch *launch,
			const struct libspawn_options *given)
{
	size_t size = sizeof *given;

	if (given && given->size > size)
		size = given->size;
	if (size > LARGEST_OPTIONS)
		return -E2BIG;
	launch->options = calloc(1, size);
	if (!launch->options)
		return -ENOMEM;
	if (given)
		memcpy(launch->options, given, given->size);
	launch->options->size = (uint32_t)size;
	return 0;
}

/* The lowest above the standard streams that is in no row. */
static int32_t free_number(const struct libspawn_fd *rows, uint32_t count)
{
	int32_t number = 3;
	uint32_t n = 0;

	while (n < count) {
		if (rows[n++].child_fd != number)
			continue;
		number++;
		n = 0;
	}
	return number;
}

static int add_row(struct launch *launch)
{
	struct libspawn_options *options = launch->options;
	const uint32_t count = options->fd_count;

	if (count >= LIBSPAWN_FDS_MAX)
		return -E2BIG;
	if (count > 0 && !options->fds)
		return -EFAULT;
	launch->rows = calloc(count + 1, sizeof *launch->rows);
	if (!launch->rows)
		return -ENOMEM;
	if (count > 0)
		memcpy(launch->rows, options->fds,
		       count * sizeof *options->fds);
	launch->rows[count].child_fd = free_number(options->fds, count);
	launch->rows[count].kind = LIBSPAWN_FD_FROM;
	launch->rows[count].parent_fd = launch->ends[1];
	options->fds = launch->rows;
	options->fd_count = count + 1;
	snprintf(launch->assignment, sizeof launch->assignment, ASSIGNMENT "%d",
		 (int)launch->rows[count].child_fd);
	return 0;
}

static int add_variable(struct launch *launch)
{
	struct libspawn_options *options = launch->options;
	size_t count = 0;

	while (options->env_set && options->env_set[count])
		count++;
	launch->variables = calloc(count + 2, sizeof *launch->variables);
	if (!launch->variables)
		return -ENOMEM;
	for (size_t n = 0; n < count; n++)
		launch->variables[n] = options->env_set[n];
	launch->variables[count] = launch->assignment;
	options->env_set = (char *const *)(uintptr_t)launch->variables;
	return 0;
}

/* ---- The program ------------------------------------------------------- */

/* Named by a path, it would be looked for in the new root. */
static int open_program(struct launch *launch)
{
	struct libspawn_options *options = launch->options;

	if (!options->root && options->namespace_count == 0)
		return 0;
	launch->program_fd = libspawn__descriptors_tuck(
		open(launch->program, O_RDONLY | O_CLOEXEC));
	if (launch->program_fd < 0)
		return launch->program_fd;
	options->flags |= LIBSPAWN_PROGRAM_FD;
	options->program_fd = launch->program_fd;
	return 0;
}

static void name_program(struct launch *launch, const char *function)
{
	ssize_t length =
		readlink(launch->path, launch->name, sizeof launch->name - 1);

	launch->own_argv[0] = launch->program;
	launch->own_argv[1] = function;
	if (length > 0 && launch->program == launch->path) {
		launch->name[length] = '\0';
		launch->own_argv[0] = launch->name;
	}
}

static int choose_program(struct launch *launch,
			  const struct libspawn_worker_how *how,
			  const char *function)
{
	int is_open = (launch->options->flags & LIBSPAWN_PROGRAM_FD) != 0;
	int code = 0;

	launch->program = how->program ? how->program : launch->path;
	if (!how->program && !is_open)
		code = libspawn__own_program(launch->path, sizeof launch->path);
	if (code < 0)
		return code;
	name_program(launch, function);
	launch->argv = how->argv ? how->argv
				 : (char *const *)(uintptr_t)launch->own_argv;
	return how->program || is_open ? 0 : open_program(launch);
}

/* ---- Starting ---------------------------------------------------------- */

static void end_launch(struct launch *launch)
{
	libspawn__descriptors_close(&launch->ends[0]);
	libspawn__descriptors_close(&launch->ends[1]);
	libspawn__descriptors_close(&launch->leash[0]);
	libspawn__descriptors_close(&launch->leash[1]);
	libspawn__descriptors_close(&launch->program_fd);
	free(launch->options);
	free(launch->rows);
	free(launch->variables);
	free(launch);
}

static struct launch *begin_launch(void)
{
	struct launch *launch = calloc(1, sizeof *launch);

	if (!launch)
		return NULL;
	launch->ends[0] = -1;
	launch->ends[1] = -1;
	launch->leash[0] = -1;
	launch->leash[1] = -1;
	launch->program_fd = -1;
	return launch;
}

static int prepare_channel(struct launch *launch, struct hand_over *hand_over)
{
	int code = libspawn__wire_pair(launch->ends);

	if (code == 0)
		code = libspawn__leash_make(launch->leash);
	if (code < 0)
		return code;
	hand_over->leash = launch->leash[0];
	return libspawn__hand_over_send(hand_over, launch->ends[0], FRAME_HELLO,
					-1, 0);
}

/* With a descriptor for the process, where that can be had. */
static int start_process(struct launch *launch,
			 struct libspawn_process *process,
			 struct libspawn_error *error)
{
	uint64_t flags = launch->options->flags;
	int code;

	launch->options->flags |= LIBSPAWN_PIDFD;
	code = libspawn_start(process, launch->program, launch->argv,
			      launch->options, error);
	if (code == 0 || flags & LIBSPAWN_PIDFD ||
	    error->step != LIBSPAWN_STEP_PIDFD)
		return code;
	launch->options->flags = flags;
	return libspawn_start(process, launch->program, launch->argv,
			      launch->options, error);
}

static int launch_worker(struct libspawn_worker *worker, struct launch *launch,
			 struct hand_over *hand_over,
			 struct libspawn_error *error)
{
	int code = copy_options(launch, hand_over->how->options);

	if (code < 0)
		return libspawn__how_fail(error, -code, LIBSPAWN_STEP_OPTIONS);
	code = choose_program(launch, hand_over->how, worker->function);
	if (code < 0)
		return libspawn__how_fail(error, -code,
					  LIBSPAWN_WORKER_STEP_PROGRAM);
	code = prepare_channel(launch, hand_over);
	if (code == 0)
		code = add_row(launch);
	if (code == 0)
		code = add_variable(launch);
	if (code < 0)
		return libspawn__how_fail(error, -code,
					  LIBSPAWN_WORKER_STEP_CHANNEL);
	code = start_process(launch, &worker->process, error);
	if (code != 0)
		return code;
	worker->way = LIBSPAWN_WORKER_WAY_START;
	worker->fd = launch->ends[0];
	worker->leash = launch->leash[1];
	launch->ends[0] = -1;
	launch->leash[1] = -1;
	return 0;
}

/*
 * A program that would not hand over to the function is not started: it would
 * do again what it is doing here, and start itself, for ever.
 */
static int judge_program(const char *function,
			 const struct libspawn_worker_how *how,
			 struct libspawn_error *error)
{
	if (libspawn__own_program_is_privileged())
		return libspawn__how_fail(error, EPERM,
					  LIBSPAWN_WORKER_STEP_PROGRAM);
	if (getenv("LIBSPAWN_WORKER"))
		return libspawn__how_fail(error, EINVAL,
					  LIBSPAWN_WORKER_STEP_MAIN);
	if (how->program ||
	    (how->options && how->options->flags & LIBSPAWN_PROGRAM_FD))
		return 0;
	if (!libspawn__functions_are_noted())
		return libspawn__how_fail(error, EINVAL,
					  LIBSPAWN_WORKER_STEP_MAIN);
	if (!libspawn__functions_find(function))
		return libspawn__how_fail(error, ENOENT,
					  LIBSPAWN_WORKER_STEP_FUNCTION);
	return 0;
}

static int begin_hand_over(struct hand_over *hand_over, const char *function,
			   const struct libspawn_worker_how *how,
			   struct libspawn_error *error)
{
	int code = libspawn__hand_over_begin(hand_over, function, how);

	if (code == 0)
		return 0;
	return libspawn__how_fail(error, -code,
				  code == -ENAMETOOLONG
					  ? LIBSPAWN_WORKER_STEP_FUNCTION
					  : LIBSPAWN_WORKER_STEP_DATA);
}

static int start_calmly(struct libspawn_worker **worker, const char *function,
			const struct libspawn_worker_how *how,
			struct libspawn_error *error)
{
	struct launch *launch = begin_launch();
	struct libspawn_worker *made = NULL;
	struct hand_over hand_over;
	int code = begin_hand_over(&hand_over, function, how, error);

	if (code == 0)
		made = libspawn__talk_make(function, how);
	if (code == 0 && (!made || !launch))
		code = libspawn__how_fail(error, ENOMEM, LIBSPAWN_STEP_MEMORY);
	if (code == 0)
		code = launch_worker(made, launch, &hand_over, error);
	libspawn__hand_over_end(&hand_over);
	if (launch)
		end_launch(launch);
	if (code == 0)
		*worker = made;
	else if (made)
		libspawn__talk_free(made);
	return code;
}

int libspawn_worker_start(struct libspawn_worker **worker, const char *function,
			  const struct libspawn_worker_how *how,
			  struct libspawn_error *error)
{
	struct libspawn_worker_how mine;
	struct libspawn_error unwanted;
	struct quiet quiet;
	int code;

	if (!error)
		error = &unwanted;
	if (!worker || !function)
		return libspawn__how_fail(error, EINVAL,
					  LIBSPAWN_STEP_ARGUMENTS);
	code = libspawn__how_read(&mine, how, LIBSPAWN_WORKER_LATER);
	if (code < 0)
		return libspawn__how_fail(error, -code,
					  LIBSPAWN_WORKER_STEP_HOW);
	quiet_begin(&quiet);
	code = judge_program(function, &mine, error);
	if (code == 0)
		code = start_calmly(worker, function, &mine, error);
	quiet_end(&quiet);
	return code;
}
