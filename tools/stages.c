/* SPDX-License-Identifier: MIT */
/*
 * --pipe: the programs of a pipeline, split at the word between them. All have
 * the same options; the row for 0 is the first one's, for 1 the last one's.
 */
#define _GNU_SOURCE
#include "stages.h"

#include <string.h>
#include <unistd.h>

/* The words up to the next separator become argv; what comes after them. */
static char **cut_words(struct command *command, char **words)
{
	while (*words != NULL && strcmp(*words, command->separator) != 0)
		words++;
	if (*words == NULL)
		return NULL;
	*words = NULL;
	return words + 1;
}

static int add_stage(struct command *command, char **argv)
{
	struct libspawn_stage *stage;

	if (argv[0] == NULL)
		return complain(command,
				"--pipe: a program is missing beside '%s'",
				command->separator);
	stage = list_add(command, &command->stages, sizeof *stage);
	if (stage == NULL)
		return -1;
	stage->program = argv[0];
	stage->argv = argv;
	return 0;
}

int split_stages(struct command *command)
{
	char **words = command->argv;
	char **next;

	while (command->separator != NULL && words != NULL) {
		next = cut_words(command, words);
		if (add_stage(command, words))
			return -1;
		words = next;
	}
	return 0;
}

/* Rows that one stage alone can have, or that look at another. */
static int check_row(struct command *command, const struct libspawn_fd *row)
{
	bool is_end = row->kind == LIBSPAWN_FD_PIPE_READ
			      ? row->child_fd == STDIN_FILENO
			      : row->child_fd == STDOUT_FILENO;

	if (row->kind == LIBSPAWN_FD_SAME || row->kind == LIBSPAWN_FD_PTY ||
	    (row->parent_end != NULL && !is_end))
		return complain(command,
				"--pipe: no program of a pipeline can "
				"have --fd %d like this, nor a pty",
				(int)row->child_fd);
	return 0;
}

/* The table of one stage, at the end of the list of all. */
static int add_rows(struct command *command, size_t stage)
{
	const struct libspawn_fd *rows = command->fds.items;
	bool is_last = stage + 1 == command->stages.count;
	struct libspawn_fd *row;

	for (size_t i = 0; i < command->fds.count; i++) {
		if (check_row(command, &rows[i]))
			return -1;
		if ((rows[i].child_fd == STDIN_FILENO && stage > 0) ||
		    (rows[i].child_fd == STDOUT_FILENO && !is_last))
			continue;
		row = list_add(command, &command->stage_fds, sizeof *row);
		if (row == NULL)
			return -1;
		*row = rows[i];
	}
	return 0;
}

/* Options in a list of their own, each with the place where its rows begin. */
static int add_options(struct command *command, size_t stage)
{
	struct libspawn_options *options;
	size_t before = command->stage_fds.count;

	if (add_rows(command, stage))
		return -1;
	options = list_add(command, &command->stage_options, sizeof *options);
	if (options == NULL)
		return -1;
	*options = command->options;
	options->fd_count = (uint32_t)(command->stage_fds.count - before);
	return 0;
}

int finish_stages(struct command *command)
{
	struct libspawn_stage *stages = command->stages.items;
	struct libspawn_options *options;
	const struct libspawn_fd *rows;

	if ((command->options.flags & LIBSPAWN_PROCESS_GROUP) != 0 &&
	    command->options.process_group == 0 && command->stages.count > 0) {
		command->options.flags &= ~LIBSPAWN_PROCESS_GROUP;
		command->stage_flags = LIBSPAWN_PIPELINE_GROUP;
	}
	for (size_t i = 0; i < command->stages.count; i++)
		if (add_options(command, i))
			return -1;
	options = command->stage_options.items;
	rows = command->stage_fds.items;
	for (size_t i = 0; i < command->stages.count; i++) {
		options[i].fds = rows;
		if (rows != NULL)
			rows += options[i].fd_count;
		stages[i].options = &options[i];
	}
	return 0;
}
