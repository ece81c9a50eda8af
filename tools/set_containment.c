/* SPDX-License-Identifier: MIT */
/* Cgroups, namespaces, Landlock and seccomp. */
#define _GNU_SOURCE
#include "names.h"
#include "setters.h"
#include "values.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_value(struct command *command, int32_t *fd, const char *path,
		      int flags)
{
	*fd = open(path, flags | O_CLOEXEC);
	if (*fd < 0)
		return complain(command, "%s", strerror(errno));
	return 0;
}

int set_cgroup(struct command *command, char *value)
{
	return open_value(command, &command->options.cgroup_fd, value,
			  O_RDONLY | O_DIRECTORY);
}

int read_namespaces(struct command *command, uint64_t *kinds, const char *value,
		    const char *names)
{
	const char *cursor = value;
	char word[WORD_MAX];
	int flag, more;

	while ((more = next_word(&command->mistake, word, &cursor)) > 0) {
		flag = namespace_flag(word);
		if (flag < 0)
			return complain(command, "'%s' is not a namespace (%s)",
					word, names);
		*kinds |= (uint64_t)flag;
	}
	return more;
}

int set_unshare(struct command *command, char *value)
{
	return read_namespaces(command, &command->options.unshare, value,
			       "mount, uts, ipc, net, pid, user, cgroup, time");
}

int set_enter_ns(struct command *command, char *value)
{
	int32_t *fd = list_add(command, &command->namespaces, sizeof *fd);

	return fd == NULL ? -1 : open_value(command, fd, value, O_RDONLY);
}

int set_landlock_fd(struct command *command, char *value)
{
	return read_open_fd(&command->mistake, &command->options.landlock_fd,
			    value);
}

/* Read instructions until the end; a part of one is left over as an error. */
static int read_filter(struct command *command, struct list *instructions,
		       FILE *file)
{
	struct libspawn_bpf read[1];
	struct libspawn_bpf *added;
	size_t bytes;

	while ((bytes = fread(read, 1, sizeof *read, file)) == sizeof *read) {
		if (instructions->count == LIBSPAWN_SECCOMP_MAX)
			return complain(command, "more than %u instructions",
					LIBSPAWN_SECCOMP_MAX);
		added = list_add(command, instructions, sizeof *added);
		if (added == NULL)
			return -1;
		*added = *read;
	}
	if (ferror(file))
		return complain(command, "%s", strerror(errno));
	if (bytes != 0 || instructions->count == 0)
		return complain(command,
				"not a filter: instructions of %zu "
				"bytes each, as struct sock_filter",
				sizeof *read);
	return 0;
}

/* Each file is a filter of its own, in the order given. */
int set_seccomp(struct command *command, char *value)
{
	struct list instructions = { NULL, 0 };
	FILE *file = fopen(value, "re");
	struct libspawn_filter *filter;
	int failed;

	if (file == NULL)
		return complain(command, "%s", strerror(errno));
	failed = read_filter(command, &instructions, file);
	fclose(file);
	filter = failed ? NULL
			: list_add(command, &command->filters, sizeof *filter);
	if (filter == NULL) {
		free(instructions.items);
		return -1;
	}
	filter->instructions = instructions.items;
	filter->count = (uint32_t)instructions.count;
	return 0;
}

/* LIBSPAWN_FILTER_... */
static const struct name filter_flag_names[] = {
	{ "log", LIBSPAWN_FILTER_LOG },
	{ "spec-allow", LIBSPAWN_FILTER_SPEC_ALLOW },
	{ NULL, 0 },
};

int set_seccomp_flags(struct command *command, char *value)
{
	const char *cursor = value;
	char word[WORD_MAX];
	int flag, more;

	while ((more = next_word(&command->mistake, word, &cursor)) > 0) {
		flag = name_number(filter_flag_names, word);
		if (flag < 0)
			return complain(command, "expected log, spec-allow");
		command->filter_flags |= (uint32_t)flag;
	}
	return more;
}

void finish_filters(struct command *command)
{
	struct libspawn_filter *filters = command->filters.items;

	for (size_t i = 0; i < command->filters.count; i++)
		filters[i].flags = command->filter_flags;
}
