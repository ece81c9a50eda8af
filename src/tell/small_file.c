/* SPDX-License-Identifier: MIT */
/* Reads what of a small file there is room for. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "tell/small_file.h"

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
