/* SPDX-License-Identifier: MIT */
/*
 * libspawn: each backend with no options, and clone with one. A start by
 * another backend than the one asked for is an error, or a row would bear a
 * wrong name.
 */
#define _POSIX_C_SOURCE 200809L
#include "libspawn_start.h"
#include "method.h"

#include <errno.h>

/* NULL, or the step for which the backend declines these options. */
const char *libspawn_why_not(const void *options)
{
	const struct libspawn_options *wanted = options;
	struct libspawn_error error;

	if (libspawn_query(wanted->backend, wanted, &error) > 0)
		return NULL;
	return libspawn_step_name(error.step);
}

int libspawn_start_with(struct started *started, const struct target *target,
			const void *options)
{
	const struct libspawn_options *wanted = options;
	struct libspawn_process process;
	int code = libspawn_start(&process, target->program, target->argv,
				  wanted, NULL);

	if (code)
		return code;
	started->pid = process.pid;
	started->pidfd = process.pidfd;
	return process.backend == wanted->backend ? 0 : EPROTO;
}

#define OPTIONS(kind)                                                          \
	(&(const struct libspawn_options){                                     \
		.size = sizeof(struct libspawn_options), .backend = (kind) })

#define BACKEND(title, kind)                                                   \
	LIBSPAWN_METHOD("libspawn-" title, "plain", OPTIONS(kind))

static const struct method libspawn_table[] = {
	BACKEND("clone", LIBSPAWN_BACKEND_CLONE),
	BACKEND("vfork", LIBSPAWN_BACKEND_VFORK),
	BACKEND("posix_spawn", LIBSPAWN_BACKEND_POSIX_SPAWN),
};

static const struct method libspawn_fork_table[] = {
	BACKEND("fork", LIBSPAWN_BACKEND_FORK),
};

METHOD_GROUP(libspawn_methods, libspawn_table);
METHOD_GROUP(libspawn_fork_methods, libspawn_fork_table);
