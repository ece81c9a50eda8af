/* SPDX-License-Identifier: MIT */
/* Reads /proc, file by file, and memory by process_vm_readv(2). */
#define _GNU_SOURCE
#include "proc.h"
#include "words.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

/* The beginning of a file, with a NUL: how long it is; -1 if there is none. */
static ssize_t read_file(char *text, size_t size, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t count = -1;

	if (fd >= 0) {
		count = read(fd, text, size - 1);
		close(fd);
	}
	text[count > 0 ? count : 0] = '\0';
	return count;
}

static bool read_thread_file(char *text, size_t size, pid_t pid, pid_t tid,
			     const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)pid, (int)tid,
		 name);
	return read_file(text, size, path) >= 0;
}

/* "running", "-1 SP PC", or "NUMBER A0 A1 A2 A3 A4 A5 SP PC". */
bool proc_call(struct call *call, pid_t pid, pid_t tid)
{
	char text[256];
	uint64_t *const words[] = {
		&call->arguments[0], &call->arguments[1], &call->arguments[2],
		&call->arguments[3], &call->arguments[4], &call->arguments[5],
		&call->stack,	     &call->address,
	};
	char *at = text;

	*call = (struct call){ .number = CALL_UNREADABLE };
	if (!read_thread_file(text, sizeof text, pid, tid, "syscall"))
		return false;
	if (strncmp(text, "running", 7) == 0) {
		call->is_running = true;
		return true;
	}
	call->number = strtol(at, &at, 10);
	for (size_t i = call->number < 0 ? 6 : 0; i < 8; i++)
		*words[i] = strtoull(at, &at, 16);
	return true;
}

bool call_is_futex(const struct call *call)
{
	return !call->is_running && call->number == SYS_futex;
}

/* The text after "\nKEY:\t", or "". */
static const char *value_of(const char *text, const char *key)
{
	size_t length = strlen(key);
	const char *line = text;

	while (line != NULL && strncmp(line, key, length) != 0) {
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	if (line == NULL)
		return "";
	return line + length + strspn(line + length, ": \t");
}

/* The last of the numbers on the line: of the innermost pid namespace. */
static pid_t last_number(const char *line)
{
	pid_t number = 0;

	while (*line != '\n' && *line != '\0') {
		number = (pid_t)strtol(line, NULL, 10);
		line += strcspn(line, "\t\n");
		line += *line == '\t';
	}
	return number;
}

bool proc_status(struct thread_status *status, pid_t pid, pid_t tid)
{
	char text[4096];
	const char *name;

	*status = (struct thread_status){ 0 };
	if (!read_thread_file(text, sizeof text, pid, tid, "status"))
		return false;
	name = value_of(text, "Name");
	snprintf(status->name, sizeof status->name, "%.*s",
		 (int)strcspn(name, "\n"), name);
	make_plain(status->name);
	status->state = *value_of(text, "State");
	status->inner_tid = last_number(value_of(text, "NSpid"));
	if (status->inner_tid == 0)
		status->inner_tid = tid;
	status->tracer = (pid_t)strtol(value_of(text, "TracerPid"), NULL, 10);
	status->caught = strtoull(value_of(text, "SigCgt"), NULL, 16);
	status->ignored = strtoull(value_of(text, "SigIgn"), NULL, 16);
	status->sleeps =
		strtoull(value_of(text, "voluntary_ctxt_switches"), NULL, 10);
	return true;
}

bool proc_has_thread(pid_t pid, pid_t tid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/task/%d", (int)pid, (int)tid);
	return access(path, F_OK) == 0;
}

size_t proc_threads(pid_t *tids, size_t most, pid_t pid)
{
	struct dirent *entry;
	size_t count = 0;
	char path[64];
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	folder = opendir(path);
	if (folder == NULL)
		return 0;
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (count < most)
			tids[count] = (pid_t)strtol(entry->d_name, NULL, 10);
		count++;
	}
	closedir(folder);
	return count;
}

bool proc_memory(void *bytes, size_t size, pid_t pid, uint64_t address)
{
	const struct iovec here = { .iov_base = bytes, .iov_len = size };
	const struct iovec there = { .iov_base = (void *)(uintptr_t)address,
				     .iov_len = size };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* "START-END PERMISSIONS OFFSET DEVICE INODE   NAME", after the one before. */
static bool read_mapping(struct mapping *mapping, const char *line)
{
	char permissions[8];
	uint64_t end = mapping->end;
	int name = 0;

	if (mapping->name[0] == '/')
		mapping->of_file = mapping->start;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %n",
		   &mapping->start, &mapping->end, permissions,
		   &mapping->offset, &name) < 4)
		return false;
	mapping->is_shared = permissions[3] == 's';
	mapping->is_executable = permissions[2] == 'x';
	if (mapping->start != end)
		mapping->of_file = 0;
	snprintf(mapping->name, sizeof mapping->name, "%.*s",
		 (int)strcspn(line + name, "\n"), line + name);
	return true;
}

bool proc_mapping(struct mapping *mapping, pid_t pid, uint64_t address)
{
	char line[PATH_SIZE + 128];
	char path[64];
	bool found = false;
	FILE *maps;

	*mapping = (struct mapping){ 0 };
	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	if (maps == NULL)
		return false;
	while (!found && fgets(line, sizeof line, maps) != NULL)
		found = read_mapping(mapping, line) &&
			address >= mapping->start && address < mapping->end;
	fclose(maps);
	return found;
}

void proc_command(char *text, size_t size, pid_t pid)
{
	char path[64];
	ssize_t count;

	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	count = read_file(text, size, path);
	for (ssize_t i = 0; i + 1 < count; i++)
		if (text[i] == '\0' || text[i] == '\n')
			text[i] = ' ';
	make_plain(text);
}

void proc_program(char path[PATH_SIZE], bool *is_set_id, pid_t pid)
{
	struct stat file;
	char link[64];
	ssize_t length;

	snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
	length = readlink(link, path, PATH_SIZE - 1);
	path[length < 0 ? 0 : length] = '\0';
	*is_set_id = stat(link, &file) == 0 &&
		     (getxattr(link, "security.capability", NULL, 0) > 0 ||
		      ((file.st_mode & S_ISUID) && file.st_uid != geteuid()) ||
		      ((file.st_mode & S_ISGID) && file.st_gid != getegid()));
}
