/* SPDX-License-Identifier: MIT */
/*
 * Starting a worker: this program, with the caller's options and two things of
 * our own: a row in the table, which is its end of the channel, and a variable
 * with its number.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "workers/moment.h"
#include "workers/outfit.h"
#include "workers/still.h"
#include "workers/worker.h"

/* Of a path, on systems that set no bound to it. */
enum { PATH_ROOM = 4096 };

/* What is put together for libspawn_start(), on its way. */
struct launching {
	struct outfit outfit;
	const char *program;
	char *const *argv;
	const char *own_argv[3];
	int32_t program_fd;
	int32_t ends[2]; /* of the channel: the caller's, the worker's */
	int32_t leash[2];
	char path[PATH_ROOM];
	char name[PATH_ROOM];
};

/* ---- The program ------------------------------------------------------- */

/* Named by a path, it would be looked for in what is the root by then. */
static int open_program(struct launching *launch)
{
	struct libspawn_options *options = launch->outfit.options;

	if (!options->root && options->namespace_count == 0 &&
	    options->mount_count == 0)
		return 0;
	launch->program_fd = libspawn__descriptors_tuck(
		open(launch->program, O_RDONLY | O_CLOEXEC));
	if (launch->program_fd < 0)
		return launch->program_fd;
	options->flags |= LIBSPAWN_PROGRAM_FD;
	options->program_fd = launch->program_fd;
	return 0;
}

static void name_program(struct launching *launch, const char *function)
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

static int choose_program(struct launching *launch,
			  const struct libspawn_worker_how *how,
			  const char *function)
{
	int is_open =
		(launch->outfit.options->flags & LIBSPAWN_PROGRAM_FD) != 0;
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

static void end_launch(struct launching *launch)
{
	libspawn__descriptors_close(&launch->ends[0]);
	libspawn__descriptors_close(&launch->ends[1]);
	libspawn__descriptors_close(&launch->leash[0]);
	libspawn__descriptors_close(&launch->leash[1]);
	libspawn__descriptors_close(&launch->program_fd);
	libspawn__outfit_free(&launch->outfit);
	free(launch);
}

static struct launching *begin_launch(void)
{
	struct launching *launch = calloc(1, sizeof *launch);

	if (!launch)
		return NULL;
	launch->ends[0] = -1;
	launch->ends[1] = -1;
	launch->leash[0] = -1;
	launch->leash[1] = -1;
	launch->program_fd = -1;
	return launch;
}

static int prepare_channel(struct launching *launch,
			   struct hand_over *hand_over)
{
	struct outlook to = { -1, -1, MOMENT_PASSED, 0, 0 };
	int code = libspawn__wire_pair(launch->ends);

	if (code == 0)
		code = libspawn__leash_make(launch->leash);
	if (code < 0)
		return code;
	to.fd = launch->ends[0];
	hand_over->leash = launch->leash[0];
	return libspawn__hand_over_send(hand_over, &to, FRAME_HELLO, -1, 0);
}

/* A backend that was forced and has no such descriptor is no backend then. */
static int lacks_pidfd(const struct libspawn_error *refusal)
{
	return refusal->step == LIBSPAWN_STEP_PIDFD ||
	       refusal->step == LIBSPAWN_STEP_BACKEND;
}

/* With a descriptor for the process, where that can be had. */
static int start_process(struct launching *launch,
			 struct libspawn_process *process,
			 struct libspawn_error *error)
{
	uint64_t flags = launch->outfit.options->flags;
	struct libspawn_error refusal;
	int code;

	launch->outfit.options->flags |= LIBSPAWN_PIDFD;
	code = libspawn_start(process, launch->program, launch->argv,
			      launch->outfit.options, &refusal);
	if (code == 0)
		return 0;
	if (flags & LIBSPAWN_PIDFD || !lacks_pidfd(&refusal)) {
		*error = refusal;
		return code;
	}
	launch->outfit.options->flags = flags;
	code = libspawn_start(process, launch->program, launch->argv,
			      launch->outfit.options, error);
	if (code == 0)
		process->pidfd =
			libspawn__descriptors_open_process(process->pid);
	return code;
}

/* With the steps of libspawn_start(), which would refuse the same. */
static int fail_outfit(struct libspawn_error *error, int code, int step)
{
	return libspawn__how_fail(
		error, -code, code == -ENOMEM ? LIBSPAWN_STEP_MEMORY : step);
}

static int launch_worker(struct libspawn_worker *worker,
			 struct launching *launch, struct hand_over *hand_over,
			 struct libspawn_error *error)
{
	int code =
		libspawn__outfit_copy(&launch->outfit, hand_over->how->options);

	if (code < 0)
		return fail_outfit(error, code, LIBSPAWN_STEP_OPTIONS);
	code = choose_program(launch, hand_over->how, worker->function);
	if (code < 0)
		return libspawn__how_fail(error, -code,
					  LIBSPAWN_WORKER_STEP_PROGRAM);
	code = prepare_channel(launch, hand_over);
	if (code < 0)
		return libspawn__how_fail(error, -code,
					  LIBSPAWN_WORKER_STEP_CHANNEL);
	code = libspawn__outfit_add(&launch->outfit, launch->ends[1]);
	if (code < 0)
		return fail_outfit(error, code, LIBSPAWN_STEP_FD);
	code = start_process(launch, &worker->process, error);
	if (code != 0) {
		libspawn__outfit_correct(&launch->outfit, error);
		return code;
	}
	worker->way = LIBSPAWN_WORKER_WAY_START;
	worker->has_own_pids =
		(launch->outfit.options->flags & LIBSPAWN_INIT) != 0;
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
int libspawn__launch_judge(const char *function,
			   const struct libspawn_worker_how *how,
			   struct libspawn_error *error)
{
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
	struct launching *launch = begin_launch();
	struct libspawn_worker *made = NULL;
	struct hand_over hand_over;
	int code = begin_hand_over(&hand_over, function, how, error);

	if (code == 0)
		made = libspawn__talk_make();
	if (code == 0 && (!made || !launch))
		code = libspawn__how_fail(error, ENOMEM, LIBSPAWN_STEP_MEMORY);
	if (code == 0) {
		libspawn__talk_name(made, function, how);
		code = launch_worker(made, launch, &hand_over, error);
	}
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
	struct still still;
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
	still_begin(&still);
	code = libspawn__launch_judge(function, &mine, error);
	if (code == 0)
		code = start_calmly(worker, function, &mine, error);
	still_end(&still);
	return code;
}
