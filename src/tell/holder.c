/* SPDX-License-Identifier: MIT */
/*
 * Looks in /proc for a process that has a file open for writing. Those of other
 * users are not to be seen, and one may have closed it by now: then nothing is
 * said. Linux; allocates nothing.
 */
#define _GNU_SOURCE
#include "tell/holder.h"

#ifdef __linux__

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "small_file.h"

enum { LIST_SIZE = 4096, NAME_SIZE = 64 };

/* struct linux_dirent64 of getdents(2). */
struct entry {
	uint64_t inode;
	int64_t next;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* Called with each entry that is a number, until it returns 1. */
typedef int visitor(int directory, const char *name, void *data);

struct hunt {
	const struct stat *file;
	int pid;
	int fd;
};

static int visit_list(int directory, const char *list, long length,
		      visitor *visit, void *data)
{
	long at = 0;
	int found = 0;

	while (!found && at < length) {
		const struct entry *entry =
			(const struct entry *)(const void *)(list + at);

		if (entry->name[0] >= '0' && entry->name[0] <= '9')
			found = visit(directory, entry->name, data);
		at += entry->length;
	}
	return found;
}

static int visit_all(int directory, visitor *visit, void *data)
{
	_Alignas(struct entry) char list[LIST_SIZE];
	int found = 0;
	long length;

	do {
		length = syscall(SYS_getdents64, directory, list, sizeof list);
		found = visit_list(directory, list, length, visit, data);
	} while (!found && length > 0);
	return found;
}

/* The line "flags:" has them in octal. proc_pid_fdinfo(5) */
static int may_write(int directory, const char *fd)
{
	char name[NAME_SIZE];
	char text[256];
	const char *flags;

	if (snprintf(name, sizeof name, "../fdinfo/%s", fd) >= NAME_SIZE)
		return 0;
	libspawn__small_file_read(directory, name, text, sizeof text);
	flags = strstr(text, "flags:");
	return flags && (strtol(flags + 6, NULL, 8) & O_ACCMODE) != O_RDONLY;
}

/* data: the hunt; directory: PID/fd. */
static int look_at_fd(int directory, const char *name, void *data)
{
	struct hunt *hunt = data;
	struct stat stat;

	/* Of others nothing is asked: their file system may be a dead one. */
	if (!may_write(directory, name) ||
	    fstatat(directory, name, &stat, 0) != 0 ||
	    stat.st_ino != hunt->file->st_ino ||
	    stat.st_dev != hunt->file->st_dev)
		return 0;
	hunt->fd = atoi(name);
	return 1;
}

static int look_at_process(int directory, const char *name, void *data)
{
	struct hunt *hunt = data;
	char path[NAME_SIZE];
	int list;
	int found;

	if (snprintf(path, sizeof path, "%s/fd", name) >= NAME_SIZE)
		return 0;
	list = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (list < 0)
		return 0;
	found = visit_all(list, look_at_fd, hunt);
	close(list);
	hunt->pid = atoi(name);
	return found;
}

static void read_name(int pid, char *name, size_t size)
{
	char path[NAME_SIZE];

	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	libspawn__small_file_read(AT_FDCWD, path, name, size);
	name[strcspn(name, "\n")] = '\0';
	/* It is whatever that process calls itself. */
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == 127)
			*name = '?';
}

int libspawn__holder_add(const struct stat *file, char *text, size_t size)
{
	struct hunt hunt = { .file = file };
	char name[NAME_SIZE];
	int processes = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int found =
		processes >= 0 && visit_all(processes, look_at_process, &hunt);

	if (processes >= 0)
		close(processes);
	if (!found)
		return 0;
	if (hunt.pid == getpid()) {
		snprintf(text, size,
			 " (this process has it open for writing, as "
			 "descriptor %d)",
			 hunt.fd);
		return 1;
	}
	read_name(hunt.pid, name, sizeof name);
	snprintf(text, size, " (process %d, '%s', has it open for writing)",
		 hunt.pid, name);
	return 1;
}

#else

int libspawn__holder_add(const struct stat *file, char *text, size_t size)
{
	(void)file;
	(void)text;
	(void)size;
	return 0;
}

#endif
