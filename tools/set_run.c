/* SPDX-License-Identifier: MIT */
/*
 * Options about the run as a whole: files as its streams, a terminal, how long
 * it may take, where its pid is written, and what joins the programs of a
 * pipeline.
 */
#define _GNU_SOURCE
#include "setters.h"
#include "values.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- Streams ----------------------------------------------------------- */

static int add_file(struct command *command, int32_t child_fd, char *path,
		    uint32_t open_flags)
{
	struct libspawn_fd *row = list_add(command, &command->fds, sizeof *row);

	if (row == NULL)
		return -1;
	row->child_fd = child_fd;
	row->kind = LIBSPAWN_FD_OPEN;
	row->path = path;
	row->open_flags = open_flags;
	row->open_mode = open_flags & O_CREAT ? 0666 : 0;
	return 0;
}

int set_stdin(struct command *command, char *value)
{
	return add_file(command, STDIN_FILENO, value, O_RDONLY);
}

int set_stdout(struct command *command, char *value)
{
	return add_file(command, STDOUT_FILENO, value,
			O_WRONLY | O_CREAT | O_TRUNC);
}

int set_stderr(struct command *command, char *value)
{
	return add_file(command, STDERR_FILENO, value,
			O_WRONLY | O_CREAT | O_TRUNC);
}

int set_pty(struct command *command, char *value)
{
	(void)value;
	command->pty = true;
	return 0;
}

static bool has_row(const struct command *command, int32_t child_fd)
{
	const struct libspawn_fd *rows = command->fds.items;

	for (size_t i = 0; i < command->fds.count; i++)
		if (rows[i].child_fd == child_fd)
			return true;
	return false;
}

/* What other options don't say of 0 to 2 is the terminal. */
int finish_pty(struct command *command)
{
	int32_t first = -1;

	for (int32_t fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		struct libspawn_fd *row;

		if (!command->pty || has_row(command, fd))
			continue;
		row = list_add(command, &command->fds, sizeof *row);
		if (row == NULL)
			return -1;
		row->child_fd = fd;
		row->kind = first < 0 ? LIBSPAWN_FD_PTY : LIBSPAWN_FD_SAME;
		row->entry = first < 0 ? 0 : (uint32_t)first;
		first = first < 0 ? fd : first;
	}
	if (command->pty && first < 0)
		return complain(command, "--pty: 0, 1 and 2 are all taken");
	return 0;
}

/* ---- Time -------------------------------------------------------------- */

int set_timeout(struct command *command, char *value)
{
	return read_time(&command->mistake, &command->timeout_us, value);
}

/* The library counts milliseconds. */
int set_start_timeout(struct command *command, char *value)
{
	int64_t microseconds = 0;
	int code = read_time(&command->mistake, &microseconds, value);

	command->options.start_timeout_ms = (microseconds + 999) / 1000;
	return code;
}

int set_kill_after(struct command *command, char *value)
{
	return read_time(&command->mistake, &command->kill_after_us, value);
}

/* ---- The pid ----------------------------------------------------------- */

int set_pidfile(struct command *command, char *value)
{
	command->pidfile.path = value;
	return 0;
}

int set_pipe(struct command *command, char *value)
{
	if (value != NULL && *value == '\0')
		return complain(command, "expected a word");
	command->separator = value != NULL ? value : "|";
	return 0;
}

int set_pipefail(struct command *command, char *value)
{
	(void)value;
	command->pipefail = true;
	return 0;
}
