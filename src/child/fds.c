/* SPDX-License-Identifier: MIT */
/*
 * The child's descriptors: closing what was not named, opening, restoring.
 * The others are only marked close-on-exec, for the plan may still use them;
 * a plan that says when to close them has them closed then.
 */
#define _GNU_SOURCE
#include <stddef.h>

#include "child/steps.h"
#include "child/sys.h"

/* ---- A table of its own ------------------------------------------------- */

/*
 * A kernel, or a filter, that does not cut is asked for a whole copy. A pidfd
 * that creation has put into the table is the caller's: without the sharing
 * the child would not see it.
 */
CHILD_CODE long libspawn__fds_part(struct launch *launch)
{
	int is_cut = sys_part_table(TABLE_BOUND) == 0;
	long code = is_cut ? 0 : sys_unshare(SYS_CLONE_FILES);

	if (code < 0)
		return code;
	launch->table = is_cut ? TABLE_CUT : TABLE_WHOLE;
	if (launch->pidfd >= 0)
		sys_close(launch->pidfd);
	return 0;
}

/* ---- Closing ------------------------------------------------------------ */

/* More calls than this would take longer than a caller will wait. */
enum { SCAN_CEILING = 65536 };

/* struct linux_dirent64: getdents64(2) */
struct directory_entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[1];
};

/* The number a name of /proc/self/fd stands for; -1 for "." and "..". */
static CHILD_CODE int descriptor_named(const char *name)
{
	int number = 0;

	for (; *name; name++) {
		if (*name < '0' || *name > '9')
			return -1;
		number = number * 10 + (*name - '0');
	}
	return number;
}

/* Descriptors from first on but one, and what becomes of each. */
struct others {
	int first;
	int spared; /* or -1 */
	long (*end)(int fd);
};

static CHILD_CODE long mark(int fd)
{
	return sys_set_fd_flags(fd, SYS_FD_CLOEXEC);
}

static CHILD_CODE void end_other(const struct others *others, int fd)
{
	if (fd >= others->first && fd != others->spared)
		others->end(fd);
}

/* The kernel lists by number: one pass sees them all, though some go. */
static CHILD_CODE long end_listed(const struct others *others, int list)
{
	_Alignas(8) char buffer[4096];
	long size;
	long at;

	while ((size = sys_read_directory(list, buffer, sizeof buffer)) > 0)
		for (at = 0; at < size;) {
			struct directory_entry *entry = (void *)(buffer + at);
			int fd = descriptor_named(entry->name);

			if (fd != list)
				end_other(others, fd);
			at += entry->size;
		}
	return size;
}

/*
 * Without close_range and /proc, try every number up to a ceiling, never to
 * RLIMIT_NOFILE, which is 2^30 in containers; a higher limit is an error.
 */
static CHILD_CODE long end_each(const struct others *others)
{
	long bound = sys_fd_bound(SCAN_CEILING);
	int fd;

	if (bound < 0 || bound > SCAN_CEILING)
		return bound < 0 ? bound : -EMFILE;
	for (fd = others->first; fd < bound; fd++)
		end_other(others, fd);
	return 0;
}

/* The way without close_range. */
static CHILD_CODE long end_others(struct launch *launch,
				  const struct others *others)
{
	long list;
	long code;

	launch->report.fallbacks |= CHILD_NO_CLOSE_RANGE;
	list = sys_open_fd_list();
	if (list < 0)
		return end_each(others);
	code = end_listed(others, (int)list);
	sys_close((int)list);
	return code;
}

enum { HIGHEST_FD = 0x7fffffff };

/* CLOSE_RANGE_CLOEXEC is of Linux 5.11; a kernel of 5.9 says EINVAL. */
CHILD_CODE long libspawn__fds_close_others(struct launch *launch, int first)
{
	struct others others;

	if (!(launch->facts & CHILD_NO_CLOSE_RANGE) &&
	    sys_close_range(first, HIGHEST_FD, SYS_CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	others.first = first;
	others.spared = -1;
	others.end = mark;
	return end_others(launch, &others);
}

/* Below and above the one that is spared. */
static CHILD_CODE long close_around(int first, int spared)
{
	long code = 0;

	if (spared > first)
		code = sys_close_range(first, spared - 1, 0);
	if (spared >= first)
		first = spared + 1;
	return code < 0 ? code : sys_close_range(first, HIGHEST_FD, 0);
}

/* What comes after must find them closed. The report is not the plan's. */
CHILD_CODE long libspawn__fds_close_from(struct launch *launch, int first)
{
	struct others others;

	if (!(launch->facts & CHILD_NO_CLOSE_RANGE) &&
	    close_around(first, launch->report_fd) == 0)
		return 0;
	others.first = first;
	others.spared = launch->report_fd;
	others.end = sys_close;
	return end_others(launch, &others);
}

/* ---- Opening, restoring -------------------------------------------------- */

/* Opened on the lowest free number, which may be the right one. */
CHILD_CODE long libspawn__fds_open(const struct op *op)
{
	long fd = sys_open(op->data, (int)op->value, (uint32_t)op->fd);
	long code;

	/* The number may be the last: "as if closed", says posix_spawn(3). */
	if (fd == -EMFILE && sys_close(op->number) == 0)
		fd = sys_open(op->data, (int)op->value, (uint32_t)op->fd);
	if (fd < 0 || fd == op->number)
		return fd;
	code = sys_dup3((int)fd, op->number);
	sys_close((int)fd);
	return code;
}

/* Gives the spare number back before anything is opened on it. */
CHILD_CODE long libspawn__fds_restore(int spare, int to)
{
	long code = sys_dup3(spare, to);

	sys_close(spare);
	return code;
}

/* A number that is not open is closed well enough for most. */
CHILD_CODE long libspawn__fds_close(const struct op *op)
{
	long code = sys_close(op->fd);

	return code == -EBADF && !op->number ? 0 : code;
}
