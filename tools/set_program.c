/* SPDX-License-Identifier: MIT */
/*
 * The program, its environment and directory, how it is started, and what
 * `spawn` does besides starting it.
 */
#define _GNU_SOURCE
#include "setters.h"
#include "values.h"

#include <string.h>

int set_search(struct command *command, char *value)
{
	struct libspawn_options *options = &command->options;

	command->search_given = true;
	options->search_list = NULL;
	if (strcmp(value, "none") == 0) {
		options->search = LIBSPAWN_SEARCH_NONE;
	} else if (strcmp(value, "parent") == 0) {
		options->search = LIBSPAWN_SEARCH_PARENT_PATH;
	} else if (strcmp(value, "child") == 0) {
		options->search = LIBSPAWN_SEARCH_CHILD_PATH;
	} else if (strchr(value, '/') != NULL) {
		options->search = LIBSPAWN_SEARCH_LIST;
		options->search_list = value;
	} else {
		return complain(command, "expected none, parent, child or a "
					 "list of directories like /bin:./bin");
	}
	return 0;
}

int set_argv0(struct command *command, char *value)
{
	command->argv0 = value;
	return 0;
}

int set_program_fd(struct command *command, char *value)
{
	return read_open_fd(&command->mistake, &command->options.program_fd,
			    value);
}

int set_env(struct command *command, char *value)
{
	char **item;

	if (strchr(value, '=') == NULL || value[0] == '=')
		return complain(command, "expected NAME=VALUE");
	item = list_add(command, &command->env_set, sizeof *item);
	if (item == NULL)
		return -1;
	*item = value;
	return 0;
}

int set_unset(struct command *command, char *value)
{
	char **item;

	if (strchr(value, '=') != NULL || value[0] == '\0')
		return complain(command, "expected the name of a variable");
	item = list_add(command, &command->env_unset, sizeof *item);
	if (item == NULL)
		return -1;
	*item = value;
	return 0;
}

int set_pid_variable(struct command *command, char *value)
{
	if (strchr(value, '=') != NULL || value[0] == '\0')
		return complain(command, "expected the name of a variable");
	command->options.pid_variable = value;
	return 0;
}

int set_ignore_environment(struct command *command, char *value)
{
	static char *const nothing[] = { NULL };

	(void)value;
	command->options.env = nothing;
	return 0;
}

int set_chdir(struct command *command, char *value)
{
	command->options.cwd = value;
	return 0;
}

int set_chdir_fd(struct command *command, char *value)
{
	return read_open_fd(&command->mistake, &command->options.cwd_fd, value);
}

int set_root(struct command *command, char *value)
{
	command->options.root = value;
	return 0;
}

int set_busy_retry(struct command *command, char *value)
{
	uint64_t microseconds;

	if (read_unsigned(&command->mistake, &microseconds, value, 0,
			  UINT32_MAX))
		return -1;
	command->options.busy_retry = (uint32_t)microseconds;
	return 0;
}

int set_backend(struct command *command, char *value)
{
	uint32_t backend = LIBSPAWN_BACKEND_CLONE;

	for (; backend <= LIBSPAWN_BACKEND_FORK; backend++) {
		if (strcmp(libspawn_backend_name(backend), value) == 0) {
			command->options.backend = backend;
			return 0;
		}
	}
	return complain(command, "expected clone, vfork, posix_spawn or fork");
}

int set_report(struct command *command, char *value)
{
	if (value == NULL || strcmp(value, "text") == 0)
		command->report = REPORT_TEXT;
	else if (strcmp(value, "json") == 0)
		command->report = REPORT_JSON;
	else
		return complain(command, "expected text or json");
	return 0;
}

int set_query(struct command *command, char *value)
{
	(void)value;
	command->query = true;
	return 0;
}

int set_help(struct command *command, char *value)
{
	if (value != NULL && strcmp(value, "all") != 0)
		return complain(command, "expected nothing, or all");
	command->help = value == NULL ? HELP_PAGE : HELP_ALL;
	return 0;
}

int set_version(struct command *command, char *value)
{
	(void)value;
	command->version = true;
	return 0;
}
