/* SPDX-License-Identifier: MIT */
/*
 * Reads what of a small file there is room for. It keeps to calls that are
 * async-signal-safe, as a start does, and takes no memory.
 */
#define _GNU_SOURCE
#include "small_file.h"

#include <fcntl.h>
#include <unistd.h>

/* A file of /proc is read at once, and no signal interrupts that. */
void libspawn__small_file_read(int directory, const char *path, char *text,
			       size_t size)
{
	const int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	ssize_t length = 0;

	if (fd >= 0) {
		length = read(fd, text, size - 1);
		close(fd);
	}
	text[length > 0 ? length : 0] = '\0';
}
