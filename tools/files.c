/* SPDX-License-Identifier: MIT */
/*
 * Files are opened here and not in the program's process, as a shell opens what
 * is redirected: with the rights, in the directory, root and namespaces of
 * spawn, and where ^C and --timeout can end what open() waits for. The umask is
 * the program's. None is opened before the options are known to have a meaning.
 */
#define _GNU_SOURCE
#include "files.h"
#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_files(const struct command *command)
{
	const struct libspawn_fd *rows = command->fds.items;

	for (size_t i = 0; i < command->fds.count; i++)
		if (rows[i].kind == LIBSPAWN_FD_OPEN)
			return true;
	return false;
}

/* No terminal becomes spawn's own by being opened. */
static int open_row(const struct libspawn_fd *row)
{
	return open_above_standard(row->path, (int)row->open_flags | O_NOCTTY,
				   (mode_t)row->open_mode);
}

static void become_copy(struct libspawn_fd *row, int fd)
{
	*row = (struct libspawn_fd){
		.child_fd = row->child_fd,
		.kind = LIBSPAWN_FD_FROM,
		.parent_fd = fd,
	};
}

/* The programs of a pipeline share what was opened, as in a shell. */
static void become_copies(struct command *command, struct libspawn_fd *row,
			  int fd)
{
	struct libspawn_fd *others = command->stage_fds.items;

	for (size_t i = 0; i < command->stage_fds.count; i++)
		if (others[i].kind == LIBSPAWN_FD_OPEN &&
		    others[i].child_fd == row->child_fd)
			become_copy(&others[i], fd);
	become_copy(row, fd);
}

/* The descriptor, noted for its end; or -1 with errno. */
static int open_noted(struct command *command, const struct libspawn_fd *row)
{
	int32_t *opened = list_add(command, &command->opened, sizeof *opened);

	if (opened == NULL) {
		errno = ENOMEM;
		return -1;
	}
	*opened = open_row(row);
	return *opened;
}

static int open_rows(struct command *command, struct libspawn_error *error)
{
	struct libspawn_fd *rows = command->fds.items;
	int fd;

	for (size_t i = 0; i < command->fds.count; i++) {
		if (rows[i].kind != LIBSPAWN_FD_OPEN)
			continue;
		fd = open_noted(command, &rows[i]);
		if (fd < 0) {
			*error = (struct libspawn_error){
				.code = errno,
				.step = LIBSPAWN_STEP_FD,
				.index = (int32_t)i,
			};
			return errno;
		}
		become_copies(command, &rows[i], fd);
	}
	return 0;
}

int open_files(struct command *command, struct libspawn_error *error)
{
	const struct libspawn_options *options = &command->options;
	bool has_umask = options->flags & LIBSPAWN_UMASK;
	mode_t before;
	int answer;

	if (!has_files(command))
		return 0;
	answer = libspawn_query(options->backend, options, error);
	if (answer < 0)
		return -answer;
	before = umask(0);
	umask(has_umask ? (mode_t)options->umask : before);
	answer = open_rows(command, error);
	umask(before);
	return answer;
}

void close_files(struct command *command)
{
	const int32_t *opened = command->opened.items;

	while (command->opened.count > 0)
		close(opened[--command->opened.count]);
}
