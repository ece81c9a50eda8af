/* SPDX-License-Identifier: MIT */
/* Files of /proc: status has a line for each fact. Other systems have none. */
#define _GNU_SOURCE
#include "backend/status.h"

#include <fcntl.h>
#include <string.h>

#include "small_file.h"

void libspawn__status_read(const char *path, char *text, size_t size)
{
	libspawn__small_file_read(AT_FDCWD, path, text, size);
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
