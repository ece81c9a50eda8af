/* SPDX-License-Identifier: MIT */
/*
 * libspawn: each backend with no options, and the clone backend with the full
 * house: all that a careful caller sets. A start by another backend than the
 * one asked for is an error, or a row would bear a wrong name.
 */
#define _POSIX_C_SOURCE 200809L
#include "method.h"

#include <libspawn.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#define SIGNAL_BIT(number) (UINT64_C(1) << ((number)-1))

/*
 * From descriptors that any caller has: one more that is close-on-exec, and
 * the kernel would release the floor's caller earlier (see README.md).
 */
static const struct libspawn_fd house_fds[] = {
	{ .child_fd = 3, .kind = LIBSPAWN_FD_FROM, .parent_fd = 0 },
	{ .child_fd = 4, .kind = LIBSPAWN_FD_FROM, .parent_fd = 1 },
	{ .child_fd = 5, .kind = LIBSPAWN_FD_FROM, .parent_fd = 2 },
};

static const struct libspawn_rlimit house_rlimits[] = {
	{ .resource = RLIMIT_CORE, .soft = 0, .hard = 0 },
};

static const struct libspawn_options house_options = {
	.size = sizeof house_options,
	.backend = LIBSPAWN_BACKEND_CLONE,
	.flags = LIBSPAWN_SIGNAL_MASK | LIBSPAWN_NEW_SESSION | LIBSPAWN_UMASK |
		 LIBSPAWN_PIDFD,
	/* Handlers are reset anyway; these two are what a runtime ignores. */
	.signal_default = SIGNAL_BIT(SIGPIPE) | SIGNAL_BIT(SIGXFSZ),
	.umask = 022,
	.cwd = "/",
	.fds = house_fds,
	.fd_count = sizeof house_fds / sizeof house_fds[0],
	.rlimits = house_rlimits,
	.rlimit_count = sizeof house_rlimits / sizeof house_rlimits[0],
};

/*
 * The same, and whatever else is ignored is set to default too: nobody can
 * tell what is ignored without asking for each signal by a call of its own.
 */
static struct libspawn_options all_signals_options;

static const struct libspawn_options clone_options = {
	.size = sizeof clone_options,
	.backend = LIBSPAWN_BACKEND_CLONE,
};

static const struct libspawn_options vfork_options = {
	.size = sizeof vfork_options,
	.backend = LIBSPAWN_BACKEND_VFORK,
};

static const struct libspawn_options posix_spawn_options = {
	.size = sizeof posix_spawn_options,
	.backend = LIBSPAWN_BACKEND_POSIX_SPAWN,
};

static const struct libspawn_options fork_options = {
	.size = sizeof fork_options,
	.backend = LIBSPAWN_BACKEND_FORK,
};

static int start_with(struct started *started, const struct target *target,
		      const struct libspawn_options *options)
{
	struct libspawn_process process;
	int code = libspawn_start(&process, target->program, target->argv,
				  options, NULL);

	if (code)
		return code;
	started->pid = process.pid;
	started->pidfd = process.pidfd;
	return process.backend == options->backend ? 0 : EPROTO;
}

static int start_clone(struct started *started, const struct target *target)
{
	return start_with(started, target, &clone_options);
}

static int start_vfork(struct started *started, const struct target *target)
{
	return start_with(started, target, &vfork_options);
}

static int start_posix_spawn(struct started *started,
			     const struct target *target)
{
	return start_with(started, target, &posix_spawn_options);
}

static int start_fork(struct started *started, const struct target *target)
{
	return start_with(started, target, &fork_options);
}

static int start_full_house(struct started *started,
			    const struct target *target)
{
	return start_with(started, target, &house_options);
}

static int start_all_signals(struct started *started,
			     const struct target *target)
{
	return start_with(started, target, &all_signals_options);
}

static const char *why_not(const struct libspawn_options *options)
{
	struct libspawn_error error;

	if (libspawn_query(options->backend, options, &error) > 0)
		return NULL;
	return libspawn_step_name(error.step);
}

static const char *prepare_clone(void)
{
	return why_not(&clone_options);
}

static const char *prepare_vfork(void)
{
	return why_not(&vfork_options);
}

static const char *prepare_posix_spawn(void)
{
	return why_not(&posix_spawn_options);
}

static const char *prepare_fork(void)
{
	return why_not(&fork_options);
}

static const char *prepare_full_house(void)
{
	return why_not(&house_options);
}

static const char *prepare_all_signals(void)
{
	const char *why = prepare_full_house();

	all_signals_options = house_options;
	all_signals_options.flags |= LIBSPAWN_DEFAULT_SIGNALS;
	return why ? why : why_not(&all_signals_options);
}

static const struct method methods[] = {
	{ "libspawn-clone", "plain", false, prepare_clone, start_clone },
	{ "libspawn-vfork", "plain", false, prepare_vfork, start_vfork },
	{ "libspawn-posix_spawn", "plain", false, prepare_posix_spawn,
	  start_posix_spawn },
	{ "libspawn-fork", "plain", true, prepare_fork, start_fork },
	{ "libspawn-clone", "full-house", false, prepare_full_house,
	  start_full_house },
	{ "libspawn-clone", "full-house-all-signals", false,
	  prepare_all_signals, start_all_signals },
};

const struct method_group libspawn_methods = {
	methods,
	sizeof methods / sizeof methods[0],
};
