/* SPDX-License-Identifier: MIT */
/* Files of /proc: status has a line for each fact. Other systems have none. */
#define _GNU_SOURCE
#include "backend/status.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A file of /proc is read at once, and no signal interrupts that. */
void libspawn__status_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
}

/* The first line is the program's name, which may hold anything but an end. */
const char *libspawn__status_find(const char *text, const char *name)
{
	const size_t length = strlen(name);
	const char *line;

	for (line = strchr(text, '\n'); line; line = strchr(line, '\n')) {
		line++;
		if (!strncmp(line, name, length) && line[length] == ':' &&
		    line[length + 1] == '\t')
			return line + length + 2;
	}
	return NULL;
}
