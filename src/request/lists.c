/* SPDX-License-Identifier: MIT */
/*
 * The lists of the options: that they are there, not too long, and that each
 * element has a meaning. The rows of the descriptor table are table.c's. No
 * list is walked before its length is known to be sane.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>

#include "request/lists.h"

/* A count without an address is EFAULT before anything reads it. */
static int check_list(const void *list, uint32_t count, uint32_t most,
		      int32_t step, struct failure *failure)
{
	if (count > most)
		return libspawn__refuse(failure, step, -1, E2BIG);
	if (count > 0 && !list)
		return libspawn__refuse(failure, step, -1, EFAULT);
	return 0;
}

/* Also bounds the memory that a plan can ask for. */
static int check_lengths(const struct libspawn_options *options,
			 struct failure *failure)
{
	const struct {
		const void *list;
		uint32_t count;
		uint32_t most;
		int32_t step;
	} lists[] = {
		{ options->fds, options->fd_count, LIBSPAWN_FDS_MAX,
		  LIBSPAWN_STEP_FD },
		{ options->keep_fds, options->keep_count, LIBSPAWN_FDS_MAX,
		  LIBSPAWN_STEP_FD },
		{ options->groups, options->group_count, LIBSPAWN_GROUPS_MAX,
		  LIBSPAWN_STEP_GROUPS },
		{ options->rlimits, options->rlimit_count, LIBSPAWN_RLIMITS_MAX,
		  LIBSPAWN_STEP_RLIMIT },
		{ options->cpus, options->cpu_count, LIBSPAWN_CPUS_MAX,
		  LIBSPAWN_STEP_AFFINITY },
		{ options->namespaces, options->namespace_count,
		  LIBSPAWN_NAMESPACES_MAX, LIBSPAWN_STEP_NAMESPACE },
		{ options->id_maps, options->id_map_count, LIBSPAWN_ID_MAPS_MAX,
		  LIBSPAWN_STEP_UID_MAP },
		{ options->mounts, options->mount_count, LIBSPAWN_MOUNTS_MAX,
		  LIBSPAWN_STEP_MOUNT },
		{ options->seccomp, options->seccomp_count,
		  LIBSPAWN_SECCOMP_MAX, LIBSPAWN_STEP_SECCOMP },
		{ options->filters, options->filter_count, LIBSPAWN_FILTERS_MAX,
		  LIBSPAWN_STEP_SECCOMP },
	};
	int code = 0;
	size_t n;

	for (n = 0; n < sizeof lists / sizeof lists[0] && code == 0; n++)
		code = check_list(lists[n].list, lists[n].count, lists[n].most,
				  lists[n].step, failure);
	return code;
}

/* An element that has no meaning, and the code that says so; 0 if it has. */
typedef int check_element(const struct libspawn_options *options, uint32_t n);

/*
 * Soft above hard is told only where both are given: a limit that is kept is
 * known to the child alone.
 */
static int check_rlimit(const struct libspawn_options *options, uint32_t n)
{
	const struct libspawn_rlimit *limit = &options->rlimits[n];
	const uint32_t keeps =
		LIBSPAWN_RLIMIT_KEEP_SOFT | LIBSPAWN_RLIMIT_KEEP_HARD;

	if (limit->resource < 0 || limit->flags & ~keeps || limit->spare[0] ||
	    limit->spare[1] || (limit->flags == 0 && limit->soft > limit->hard))
		return EINVAL;
	return 0;
}

/* What of these the machine has is the kernel's to judge. */
static int check_cpu(const struct libspawn_options *options, uint32_t n)
{
	return options->cpus[n] < LIBSPAWN_CPUS_MAX ? 0 : EINVAL;
}

static int check_namespace(const struct libspawn_options *options, uint32_t n)
{
	return options->namespaces[n] >= 0 ? 0 : EBADF;
}

/* Stops at the first element without a meaning, and names it. */
static int check_each(const struct libspawn_options *options, uint32_t count,
		      check_element *check, int32_t step,
		      struct failure *failure)
{
	uint32_t n;

	for (n = 0; n < count; n++) {
		int code = check(options, n);

		if (code)
			return libspawn__refuse(failure, step, (int32_t)n,
						code);
	}
	return 0;
}

int libspawn__lists_check(const struct libspawn_options *options,
			  struct failure *failure)
{
	int code = check_lengths(options, failure);

	if (code == 0)
		code = check_each(options, options->rlimit_count, check_rlimit,
				  LIBSPAWN_STEP_RLIMIT, failure);
	if (code == 0)
		code = check_each(options, options->cpu_count, check_cpu,
				  LIBSPAWN_STEP_AFFINITY, failure);
	if (code == 0)
		code = check_each(options, options->namespace_count,
				  check_namespace, LIBSPAWN_STEP_NAMESPACE,
				  failure);
	return code;
}
