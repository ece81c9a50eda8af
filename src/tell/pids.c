/* SPDX-License-Identifier: MIT */
/*
 * Looks for the cgroup whose pids.max has been reached: that of the caller, or
 * one above it. They are mounted where they usually are, or nothing is said.
 * cgroups(7)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tell/pids.h"
#include "small_file.h"

enum { CGROUP_SIZE = 1024 };

/* A number in a file of a cgroup; -1 if there is none, as for "max". */
static long long read_number(const char *directory, const char *name)
{
	char path[CGROUP_SIZE + 16];
	char text[32];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	libspawn__small_file_read(AT_FDCWD, path, text, sizeof text);
	return text[0] >= '0' && text[0] <= '9' ? atoll(text) : -1;
}

/* From the directory upwards, as long as it lies below the mount. */
static int find_full(const char *mount, char *directory, char *text,
		     size_t size)
{
	const size_t least = strlen(mount);
	char *slash;

	while (strlen(directory) > least) {
		const long long most = read_number(directory, "pids.max");

		if (most >= 0 &&
		    read_number(directory, "pids.current") >= most) {
			snprintf(text, size,
				 " (the cgroup '%s' has as many processes as "
				 "its pids.max allows, %lld)",
				 directory + least, most);
			return 1;
		}
		slash = strrchr(directory, '/');
		*slash = '\0';
	}
	return 0;
}

/* Where the line of /proc/self/cgroup that begins so leads. */
static int look_at_cgroup(const char *cgroups, const char *line,
			  const char *mount, char *text, size_t size)
{
	const char *found = strstr(cgroups, line);
	char directory[CGROUP_SIZE];

	if (!found)
		return 0;
	found += strlen(line);
	snprintf(directory, sizeof directory, "%s%.*s", mount,
		 (int)strcspn(found, "\n"), found);
	return find_full(mount, directory, text, size);
}

int libspawn__pids_add(char *text, size_t size)
{
	char cgroups[2 * CGROUP_SIZE];

	libspawn__small_file_read(AT_FDCWD, "/proc/self/cgroup", cgroups,
				  sizeof cgroups);
	return look_at_cgroup(cgroups, "0::", "/sys/fs/cgroup", text, size) ||
	       look_at_cgroup(cgroups, "0::", "/sys/fs/cgroup/unified", text,
			      size) ||
	       look_at_cgroup(cgroups, ":pids:", "/sys/fs/cgroup/pids", text,
			      size);
}
