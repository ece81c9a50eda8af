/* SPDX-License-Identifier: MIT */
/*
 * Adds to the words of an errno what is known about its cause: limits, sizes,
 * what the kernel tells of namespaces. The figures are those of the caller.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tell/figures.h"

/* "unlimited", or the number. */
static const char *limit_text(rlim_t limit, char *text, size_t size)
{
	if (limit == RLIM_INFINITY)
		return "unlimited";
	snprintf(text, size, "%llu", (unsigned long long)limit);
	return text;
}

static void add_descriptors(char *text, size_t size)
{
	struct rlimit limit;
	char number[32];

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		snprintf(text, size, " (the caller's RLIMIT_NOFILE is %s)",
			 limit_text(limit.rlim_cur, number, sizeof number));
}

static void add_processes(char *text, size_t size)
{
	struct rlimit limit;
	char number[32];

	if (getrlimit(RLIMIT_NPROC, &limit) == 0)
		snprintf(text, size,
			 " (perhaps too many processes: the caller's "
			 "RLIMIT_NPROC is %s; a cgroup may have a limit, too)",
			 limit_text(limit.rlim_cur, number, sizeof number));
}

static void add_arguments(const struct asked *asked, char *text, size_t size)
{
	size_t longest = 0;
	size_t total = 0;
	size_t n;

	if (!asked->argv)
		return;
	for (n = 0; asked->argv[n]; n++) {
		const size_t length = strlen(asked->argv[n]) + 1;

		total += length;
		longest = length > longest ? length : longest;
	}
	snprintf(text, size,
		 " (%zu arguments of %zu bytes, the longest of %zu, and the "
		 "environment)",
		 n, total, longest);
}

/* Processes that this one creates belong elsewhere: to whom is not seen. */
static int has_other_pids(void)
{
	char own[64] = "";
	char next[64] = "";

	return readlink("/proc/self/ns/pid", own, sizeof own - 1) > 0 &&
	       readlink("/proc/self/ns/pid_for_children", next,
			sizeof next - 1) > 0 &&
	       strcmp(own, next) != 0;
}

/* Every directory of a cgroup has this file, and no other needs to. */
static int is_no_cgroup(const struct asked *asked)
{
	const struct libspawn_options *options = asked->options;

	return options && options->flags & LIBSPAWN_CGROUP_FD &&
	       (asked->error->step == LIBSPAWN_STEP_CREATE ||
		asked->error->step == LIBSPAWN_STEP_CGROUP) &&
	       faccessat(options->cgroup_fd, "cgroup.procs", F_OK, 0) != 0 &&
	       (errno == ENOENT || errno == ENOTDIR);
}

/* Refused for what is missing, and not for what is there. */
static int keeps_groups(const struct asked *asked)
{
	const uint64_t flags = asked->options ? asked->options->flags : 0;
	const int32_t step = asked->error->step;

	return asked->error->code == EINVAL && flags & LIBSPAWN_UID &&
	       ((step == LIBSPAWN_STEP_GROUPS && !(flags & LIBSPAWN_GROUPS)) ||
		(step == LIBSPAWN_STEP_GID && !(flags & LIBSPAWN_GID)));
}

/* Adds at most one remark in brackets; "" where nothing is known. */
void libspawn__figures_add(const struct asked *asked, char *text, size_t size)
{
	const struct libspawn_error *error = asked->error;

	if (is_no_cgroup(asked))
		snprintf(text, size,
			 " (descriptor %d is no cgroup's directory)",
			 (int)asked->options->cgroup_fd);
	else if (error->code == EMFILE)
		add_descriptors(text, size);
	else if (error->step == LIBSPAWN_STEP_CREATE && error->code == EAGAIN)
		add_processes(text, size);
	else if (error->step == LIBSPAWN_STEP_EXEC && error->code == E2BIG)
		add_arguments(asked, text, size);
	else if (error->step == LIBSPAWN_STEP_EXEC && error->code == EAGAIN)
		snprintf(text, size,
			 " (its user has more processes than RLIMIT_NPROC)");
	else if (keeps_groups(asked))
		snprintf(text, size,
			 " (another user would keep the caller's; set it, or "
			 "LIBSPAWN_KEEP_GROUPS)");
	else if (error->step == LIBSPAWN_STEP_CWD && error->code == EXDEV)
		snprintf(text, size,
			 " (it is outside of the new root or mount namespace)");
	else if (error->step == LIBSPAWN_STEP_CREATE && error->code == ENOMEM &&
		 has_other_pids())
		snprintf(text, size,
			 " (perhaps the first process of the pid namespace for "
			 "new processes has ended)");
}
