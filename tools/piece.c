/* SPDX-License-Identifier: MIT */
/*
 * Others write to the same file: a line is to stand there in one piece, before
 * theirs or after. It gets there whole also where others have made the
 * descriptor one that does not wait.
 */
#define _GNU_SOURCE
#include "piece.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

int piece_begin(struct piece *piece)
{
	*piece = (struct piece){ 0 };
	piece->stream = open_memstream(&piece->text, &piece->length);
	return piece->stream == NULL ? -1 : 0;
}

static int write_whole(const char *text, size_t length)
{
	struct pollfd polled = { .fd = STDERR_FILENO, .events = POLLOUT };

	while (length > 0) {
		ssize_t count = write(STDERR_FILENO, text, length);

		if (count < 0 && errno == EAGAIN)
			poll(&polled, 1, -1);
		else if (count < 0 && errno != EINTR)
			return errno;
		text += count > 0 ? count : 0;
		length -= count > 0 ? (size_t)count : 0;
	}
	return 0;
}

int piece_end(struct piece *piece)
{
	int failed = fclose(piece->stream) != 0 ? ENOMEM : 0;

	if (!failed)
		failed = write_whole(piece->text, piece->length);
	free(piece->text);
	return failed;
}
