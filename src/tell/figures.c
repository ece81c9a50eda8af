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
#include "small_file.h"
#include "tell/pids.h"
#include "tell/remarks.h"
#include "tell/sandbox_sentences.h"

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

	if (libspawn__pids_add(text, size))
		return;
	if (getrlimit(RLIMIT_NPROC, &limit) == 0)
		snprintf(text, size,
			 " (perhaps too many processes: the caller's "
			 "RLIMIT_NPROC is %s; a cgroup may have a limit, too)",
			 limit_text(limit.rlim_cur, number, sizeof number));
}

/* Those of all users together: proc_sys_fs(5), file-nr. */
static void add_files(char *text, size_t size)
{
	unsigned long long open_files;
	unsigned long long most;
	char numbers[64];

	libspawn__small_file_read(AT_FDCWD, "/proc/sys/fs/file-nr", numbers,
				  sizeof numbers);
	if (sscanf(numbers, "%llu %*u %llu", &open_files, &most) == 2)
		snprintf(text, size,
			 " (%llu files are open in the whole system, whose "
			 "fs.file-max is %llu)",
			 open_files, most);
}

/* Linux: execve(2). Elsewhere other limits hold, which are not told. */
enum { ALL_LEAST = 131072, ALL_MOST = 6291456 };

/* A quarter of the stack the program will have, within bounds. */
static rlim_t arguments_most(const struct libspawn_options *options)
{
	struct rlimit limit = { .rlim_cur = 0 };
	rlim_t stack;
	uint32_t n;

	getrlimit(RLIMIT_STACK, &limit);
	stack = limit.rlim_cur;
	for (n = 0; options && n < options->rlimit_count; n++)
		if (options->rlimits[n].resource == RLIMIT_STACK &&
		    !(options->rlimits[n].flags & LIBSPAWN_RLIMIT_KEEP_SOFT))
			stack = (rlim_t)options->rlimits[n].soft;
	if (stack / 4 > ALL_MOST)
		return ALL_MOST;
	return stack / 4 < ALL_LEAST ? ALL_LEAST : stack / 4;
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
		 "environment: by the limit of the stack all may have %llu)",
		 n, total, longest,
		 (unsigned long long)arguments_most(asked->options));
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

/* The path behind a descriptor, or its number. */
static void add_no_cgroup(int fd, char *text, size_t size)
{
	char link[64];
	char path[256] = "";

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof path - 1) > 0)
		snprintf(text, size, " ('%s' is no cgroup's directory)", path);
	else
		snprintf(text, size,
			 " (descriptor %d is no cgroup's directory)", fd);
}

/* What is true of our own namespace; the child may have entered another. */
static void add_groups(const struct asked *asked, char *text, size_t size)
{
	const struct libspawn_options *options = asked->options;
	char allowed[16];

	if (options && (options->unshare || options->namespace_count)) {
		snprintf(text, size,
			 " (perhaps the user namespace does not allow it, nor "
			 "before it has a map of groups)");
		return;
	}
	libspawn__small_file_read(AT_FDCWD, "/proc/self/setgroups", allowed,
				  sizeof allowed);
	if (strncmp(allowed, "deny", 4) == 0)
		snprintf(text, size,
			 " (nobody may in this user namespace: "
			 "/proc/self/setgroups says so)");
}

/* Remarks of a step that say what it means, with no figure. */
static const char *find_remark(const struct asked *asked)
{
	const struct libspawn_error *error = asked->error;

	if (keeps_groups(asked))
		return " (another user would keep the caller's; set it, or "
		       "LIBSPAWN_KEEP_GROUPS)";
	return libspawn__remark(error->step, error->code);
}

/* What the step has to do with the errno. */
static void add_by_step(const struct asked *asked, char *text, size_t size)
{
	const struct libspawn_error *error = asked->error;

	if (error->step == LIBSPAWN_STEP_CREATE && error->code == EAGAIN)
		add_processes(text, size);
	else if (error->code == E2BIG &&
		 (error->step == LIBSPAWN_STEP_ARGUMENTS ||
		  error->step == LIBSPAWN_STEP_ENVIRONMENT))
		snprintf(text, size, " (it may have %u bytes with its end)",
			 LIBSPAWN_STRING_MAX);
	else if (error->step == LIBSPAWN_STEP_EXEC && error->code == E2BIG)
		add_arguments(asked, text, size);
	else if (error->step == LIBSPAWN_STEP_GROUPS && error->code == EPERM)
		add_groups(asked, text, size);
	else if (error->step == LIBSPAWN_STEP_CREATE && error->code == ENOMEM &&
		 has_other_pids())
		snprintf(text, size,
			 " (perhaps the first process of the pid namespace for "
			 "new processes has ended)");
	else
		snprintf(text, size, "%s", find_remark(asked));
}

/* Adds at most one remark in brackets; "" where nothing is known. */
void libspawn__figures_add(const struct asked *asked, char *text, size_t size)
{
	if (libspawn__sandbox_sentences_add(asked, text, size))
		return;
	if (is_no_cgroup(asked))
		add_no_cgroup(asked->options->cgroup_fd, text, size);
	else if (asked->error->code == EMFILE)
		add_descriptors(text, size);
	else if (asked->error->code == ENFILE)
		add_files(text, size);
	else
		add_by_step(asked, text, size);
}
