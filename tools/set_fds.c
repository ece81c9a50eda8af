/* SPDX-License-Identifier: MIT */
/*
 * --fd CHILD=WHAT: one row of the descriptor table. WHAT is a number of the
 * caller's or a kind, with an argument after a colon. Paths come last, so that
 * they may hold colons.
 */
#define _GNU_SOURCE
#include "names.h"
#include "setters.h"
#include "values.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* A word for WHAT; argument says what has to follow its colon, if anything. */
struct kind {
	const char *word;
	uint32_t number;
	const char *argument;
	uint32_t open_flags;
};

static const struct kind kinds[] = {
	{ "null", LIBSPAWN_FD_NULL, NULL, 0 },
	{ "null-read", LIBSPAWN_FD_NULL_READ, NULL, 0 },
	{ "close", LIBSPAWN_FD_CLOSE, NULL, 0 },
	{ "same", LIBSPAWN_FD_SAME, "a descriptor of the child", 0 },
	{ "read", LIBSPAWN_FD_OPEN, "a path", O_RDONLY },
	{ "write", LIBSPAWN_FD_OPEN, "a path", O_WRONLY | O_CREAT | O_TRUNC },
	{ "append", LIBSPAWN_FD_OPEN, "a path", O_WRONLY | O_CREAT | O_APPEND },
	{ "open", LIBSPAWN_FD_OPEN, "flags, a colon and a path", 0 },
	{ "pipe-read", LIBSPAWN_FD_PIPE_READ, NULL, 0 },
	{ "pipe-write", LIBSPAWN_FD_PIPE_WRITE, NULL, 0 },
	{ "pty", LIBSPAWN_FD_PTY, NULL, 0 },
	{ NULL, 0, NULL, 0 },
};

static const struct kind *find_kind(const char *what)
{
	size_t length = strcspn(what, ":");

	for (const struct kind *kind = kinds; kind->word != NULL; kind++)
		if (strlen(kind->word) == length &&
		    strncmp(kind->word, what, length) == 0)
			return kind;
	return NULL;
}

/* One word of open:FLAGS: a name of open(2), or the mode in octal. */
static int read_open_word(struct command *command, struct libspawn_fd *row,
			  const char *word)
{
	int flag = open_flag(word);
	unsigned long mode;
	char *end;

	if (flag >= 0) {
		row->open_flags |= (uint32_t)flag;
		return 0;
	}
	mode = strtoul(word, &end, 8);
	if (word[0] < '0' || word[0] > '7' || *end != '\0' || mode > 07777)
		return complain(command, "'%s' is not a flag of open(2)", word);
	row->open_mode = (uint32_t)mode;
	return 0;
}

/* FLAGS:PATH of open:FLAGS:PATH. */
static int read_open(struct command *command, struct libspawn_fd *row,
		     const char *text)
{
	size_t length = strcspn(text, ":");
	char flags[WORD_MAX], word[WORD_MAX];
	const char *cursor = flags;
	int more;

	if (text[length] == '\0' || length >= sizeof flags)
		return complain(command, "expected open:FLAGS:PATH, as in "
					 "open:rdwr,creat,0600:/tmp/log");
	memcpy(flags, text, length);
	flags[length] = '\0';
	row->path = text + length + 1;
	while ((more = next_word(&command->mistake, word, &cursor)) > 0)
		if (read_open_word(command, row, word))
			return -1;
	return more;
}

static int read_argument(struct command *command, struct libspawn_fd *row,
			 const struct kind *kind, char *text)
{
	int32_t child_fd;

	if (kind->number == LIBSPAWN_FD_SAME) {
		if (read_fd(&command->mistake, &child_fd, text))
			return -1;
		row->entry = (uint32_t)child_fd; /* see finish_fds() */
		return 0;
	}
	if (kind->open_flags == 0 && strcmp(kind->word, "open") == 0)
		return read_open(command, row, text);
	row->path = text;
	row->open_flags = kind->open_flags;
	row->open_mode = kind->open_flags & O_CREAT ? 0666 : 0;
	return 0;
}

static int read_kind(struct command *command, struct libspawn_fd *row,
		     char *what)
{
	const struct kind *kind = find_kind(what);
	char *colon = strchr(what, ':');

	if (kind == NULL)
		return complain(
			command,
			"expected CHILD=WHAT, where WHAT is a "
			"descriptor number, null, close, same:FD, "
			"read:PATH, write:PATH, append:PATH, "
			"open:FLAGS:PATH, pipe-read, pipe-write or pty");
	row->kind = kind->number;
	if (kind->argument == NULL && colon != NULL)
		return complain(command, "%s takes no argument", kind->word);
	if (kind->argument == NULL)
		return 0;
	if (colon == NULL || colon[1] == '\0')
		return complain(command, "%s: needs %s", kind->word,
				kind->argument);
	return read_argument(command, row, kind, colon + 1);
}

int set_fd(struct command *command, char *value)
{
	struct libspawn_fd row = { 0 };
	struct libspawn_fd *added;
	char *equals = strchr(value, '=');
	uint64_t number;
	int failed;

	if (equals == NULL)
		return complain(command, "expected CHILD=WHAT, as in 1=2, "
					 "0=null or 1=write:FILE");
	*equals = '\0';
	failed = read_fd(&command->mistake, &row.child_fd, value);
	*equals = '=';
	if (failed)
		return -1;
	if (number_is(&number, equals + 1)) {
		row.kind = LIBSPAWN_FD_FROM;
		failed = read_open_fd(&command->mistake, &row.parent_fd,
				      equals + 1);
	} else {
		failed = read_kind(command, &row, equals + 1);
	}
	if (failed)
		return -1;
	added = list_add(command, &command->fds, sizeof *added);
	if (added == NULL)
		return -1;
	*added = row;
	return 0;
}

static int row_of(const struct command *command, uint32_t child_fd)
{
	const struct libspawn_fd *rows = command->fds.items;

	for (size_t i = 0; i < command->fds.count; i++)
		if (rows[i].child_fd == (int32_t)child_fd)
			return (int)i;
	return -1;
}

/*
 * Where a row of same:FD leads. The library wants the number of a row that
 * makes something; a person names a descriptor, perhaps itself a copy, perhaps
 * one that no row changes. Rows that lead in a circle make nothing.
 */
static int resolve_same(struct command *command, struct libspawn_fd *row,
			struct libspawn_fd *result)
{
	const struct libspawn_fd *rows = command->fds.items;
	uint32_t child_fd = row->entry;
	int found = -1;

	for (size_t hops = 0; hops <= command->fds.count; hops++) {
		found = row_of(command, child_fd);
		if (found < 0 || rows[found].kind != LIBSPAWN_FD_SAME)
			break;
		child_fd = rows[found].entry;
	}
	*result = *row;
	if (found < 0 && !was_given((int)child_fd))
		return complain(command,
				"--fd %d=same:%u: descriptor %u is not open",
				(int)row->child_fd, row->entry, child_fd);
	if (found < 0) {
		result->kind = LIBSPAWN_FD_FROM;
		result->parent_fd = (int32_t)child_fd;
		result->entry = 0;
		return 0;
	}
	result->entry = (uint32_t)found;
	if (rows[found].kind != LIBSPAWN_FD_SAME &&
	    rows[found].kind != LIBSPAWN_FD_CLOSE)
		return 0;
	return complain(command, "--fd %d=same:%u: descriptor %u is %s",
			(int)row->child_fd, row->entry, row->entry,
			rows[found].kind == LIBSPAWN_FD_CLOSE
				? "closed"
				: "a copy of itself");
}

/* All rows resolve against the table as it was typed: into a new one. */
static int resolve_rows(struct command *command)
{
	struct libspawn_fd *rows = command->fds.items;
	struct list resolved = { 0 };
	struct libspawn_fd *row;

	for (size_t i = 0; i < command->fds.count; i++) {
		row = list_add(command, &resolved, sizeof *row);
		if (row == NULL)
			goto failed;
		*row = rows[i];
		if (row->kind == LIBSPAWN_FD_SAME &&
		    resolve_same(command, &rows[i], row))
			goto failed;
	}
	free(command->fds.items);
	command->fds = resolved;
	return 0;
failed:
	free(resolved.items);
	return -1;
}

/* What spawn reads goes to one place. */
static int check_input(struct command *command)
{
	const struct libspawn_fd *rows = command->fds.items;
	int readers = 0;

	for (size_t i = 0; i < command->fds.count; i++)
		if (rows[i].kind == LIBSPAWN_FD_PIPE_READ ||
		    rows[i].kind == LIBSPAWN_FD_PTY)
			readers++;
	if (readers < 2)
		return 0;
	return complain(command,
			"--fd: only one pipe-read or pty (others by same:)");
}

int finish_fds(struct command *command)
{
	struct libspawn_fd *rows;
	int32_t *ends;

	if (resolve_rows(command) || check_input(command))
		return -1;
	for (size_t i = 0; i < command->fds.count; i++)
		if (list_add(command, &command->ends, sizeof *ends) == NULL)
			return -1;
	rows = command->fds.items;
	ends = command->ends.items;
	for (size_t i = 0; i < command->fds.count; i++)
		if (rows[i].kind == LIBSPAWN_FD_PIPE_READ ||
		    rows[i].kind == LIBSPAWN_FD_PIPE_WRITE ||
		    rows[i].kind == LIBSPAWN_FD_PTY)
			rows[i].parent_end = &ends[i];
	return 0;
}
