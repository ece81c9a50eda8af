/* SPDX-License-Identifier: MIT */
/*
 * A runtime that compiles as it runs may write what it has made where perf(1)
 * looks for it: /tmp/perf-PID.map, a line for each piece, START SIZE NAME. It
 * is believed if it is the process's own user's, or root's.
 */
#define _GNU_SOURCE
#include "perf_map.h"
#include "proc.h"
#include "words.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_trusted(int fd, pid_t pid)
{
	struct stat file, process;
	char path[32];

	snprintf(path, sizeof path, "/proc/%d", (int)pid);
	return fstat(fd, &file) == 0 && S_ISREG(file.st_mode) &&
	       stat(path, &process) == 0 &&
	       (file.st_uid == process.st_uid || file.st_uid == 0);
}

/* As the process has it: below its root, by the number that it has there. */
static FILE *open_map(pid_t pid)
{
	struct thread_status status;
	char path[64];
	FILE *map;
	int fd;

	if (!proc_status(&status, pid, pid))
		return NULL;
	snprintf(path, sizeof path, "/proc/%d/root/tmp/perf-%d.map", (int)pid,
		 (int)status.inner_tid);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	map = is_trusted(fd, pid) ? fdopen(fd, "r") : NULL;
	if (map == NULL)
		close(fd);
	return map;
}

/* It is the program's, which may write what it likes without end. */
enum { LINE_SIZE = 1024, LINES_MOST = 1 << 20 };

/* The name in a line whose piece the address is in, else NULL. */
static char *name_in(char *line, uint64_t address)
{
	uint64_t start, size;
	int name = 0;

	if (sscanf(line, "%" SCNx64 " %" SCNx64 " %n", &start, &size, &name) !=
		    2 ||
	    name == 0 || address < start || address - start >= size)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return line + name;
}

/* The last one: code may have been put where other code was. */
const char *perf_map_name(pid_t pid, uint64_t address)
{
	FILE *map = open_map(pid);
	char line[LINE_SIZE], found[LINE_SIZE] = "";
	long left = LINES_MOST;
	const char *name;

	while (map != NULL && left-- > 0 && fgets(line, sizeof line, map)) {
		name = name_in(line, address);
		if (name != NULL)
			strcpy(found, name);
	}
	if (map != NULL)
		fclose(map);
	return *found ? keep_word(found) : NULL;
}
