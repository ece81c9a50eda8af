/* SPDX-License-Identifier: MIT */
/*
 * New namespaces, maps of ids, and mounts. The value of --mount is WHERE=WHAT,
 * where WHAT is a kind, words behind it with commas, and an operand after ':'.
 */
#define _GNU_SOURCE
#include "setters.h"
#include "values.h"

#include <string.h>

/* ---- Namespaces and ids ------------------------------------------------ */

int set_new_ns(struct command *command, char *value)
{
	return read_namespaces(command, &command->options.new_namespaces, value,
			       "mount, uts, ipc, net, pid, user, cgroup");
}

/* Up to a ':' or the end; the cursor stands behind it, or is NULL at the end */
static int next_number(struct command *command, uint32_t *number, char **cursor)
{
	char *word = *cursor;
	uint64_t wide;

	if (word == NULL)
		return complain(command, "expected INSIDE:OUTSIDE[:COUNT]");
	*cursor = strchr(word, ':');
	if (*cursor != NULL)
		*(*cursor)++ = '\0';
	if (read_unsigned(&command->mistake, &wide, word, 0, UINT32_MAX))
		return -1;
	*number = (uint32_t)wide;
	return 0;
}

/* "uid:0:1000", "gid:0:100000:65536", "1:2": both. */
int set_map(struct command *command, char *value)
{
	struct libspawn_id_map *line =
		list_add(command, &command->id_maps, sizeof *line);

	if (line == NULL)
		return -1;
	line->kinds = LIBSPAWN_ID_UID | LIBSPAWN_ID_GID;
	line->count = 1;
	if (strncmp(value, "uid:", 4) == 0)
		line->kinds = LIBSPAWN_ID_UID;
	else if (strncmp(value, "gid:", 4) == 0)
		line->kinds = LIBSPAWN_ID_GID;
	if (line->kinds != (LIBSPAWN_ID_UID | LIBSPAWN_ID_GID))
		value += 4;
	if (next_number(command, &line->inside, &value) ||
	    next_number(command, &line->outside, &value))
		return -1;
	if (value != NULL && next_number(command, &line->count, &value))
		return -1;
	return value == NULL ? 0 : complain(command, "too many numbers");
}

/* ---- Mounts ------------------------------------------------------------ */

enum operand { NOTHING, SOURCE, DATA, TYPE };

static const struct {
	const char *word;
	uint32_t kind;
	uint32_t flags;
	enum operand operand;
} mount_kinds[] = {
	{ "bind", LIBSPAWN_MOUNT_BIND, 0, SOURCE },
	{ "tmpfs", LIBSPAWN_MOUNT_TMPFS, 0, DATA },
	{ "proc", LIBSPAWN_MOUNT_PROC, 0, DATA },
	{ "dev", LIBSPAWN_MOUNT_DEV, 0, NOTHING },
	{ "mqueue", LIBSPAWN_MOUNT_MQUEUE, 0, NOTHING },
	{ "overlay", LIBSPAWN_MOUNT_OVERLAY, 0, DATA },
	{ "type", LIBSPAWN_MOUNT_FILESYSTEM, 0, TYPE },
	{ "remount", LIBSPAWN_MOUNT_REMOUNT, 0, NOTHING },
	{ "dir", LIBSPAWN_MOUNT_DIRECTORY, 0, NOTHING },
	{ "symlink", LIBSPAWN_MOUNT_SYMLINK, 0, SOURCE },
	{ "private", LIBSPAWN_MOUNT_PROPAGATION, LIBSPAWN_MOUNT_PRIVATE,
	  NOTHING },
	{ "slave", LIBSPAWN_MOUNT_PROPAGATION, LIBSPAWN_MOUNT_SLAVE, NOTHING },
	{ "shared", LIBSPAWN_MOUNT_PROPAGATION, LIBSPAWN_MOUNT_SHARED,
	  NOTHING },
	{ "root", LIBSPAWN_MOUNT_ROOT, 0, NOTHING },
};

static const struct {
	const char *word;
	uint32_t flag;
} flags[] = {
	{ "ro", LIBSPAWN_MOUNT_READ_ONLY },
	{ "rw", LIBSPAWN_MOUNT_WRITABLE },
	{ "nosuid", LIBSPAWN_MOUNT_NO_SUID },
	{ "nodev", LIBSPAWN_MOUNT_NO_DEV },
	{ "noexec", LIBSPAWN_MOUNT_NO_EXEC },
	{ "recursive", LIBSPAWN_MOUNT_RECURSIVE },
	{ "create", LIBSPAWN_MOUNT_CREATE },
	{ "create-file", LIBSPAWN_MOUNT_CREATE_FILE },
};

static int read_flag(struct command *command, struct libspawn_mount *row,
		     const char *word)
{
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strcmp(flags[i].word, word) == 0) {
			row->flags |= flags[i].flag;
			return 0;
		}
	return complain(command,
			"'%s' is not one of ro, rw, nosuid, nodev, noexec, "
			"recursive, create, create-file",
			word);
}

static int read_mount_kind(struct command *command, struct libspawn_mount *row,
			   enum operand *operand, const char *word)
{
	for (size_t i = 0; i < sizeof mount_kinds / sizeof *mount_kinds; i++)
		if (strcmp(mount_kinds[i].word, word) == 0) {
			row->kind = mount_kinds[i].kind;
			row->flags = mount_kinds[i].flags;
			*operand = mount_kinds[i].operand;
			return 0;
		}
	return complain(command,
			"'%s' is not one of bind, tmpfs, proc, dev, mqueue, "
			"overlay, type, remount, dir, symlink, private, slave, "
			"shared, root",
			word);
}

/* What comes after ':'; of a type its data after another. */
static int read_operand(struct command *command, struct libspawn_mount *row,
			enum operand operand, char *text)
{
	char *data;

	if (text == NULL)
		return operand == SOURCE || operand == TYPE
			       ? complain(command, "nothing after ':'")
			       : 0;
	if (operand == NOTHING)
		return complain(command, "takes nothing after ':'");
	if (operand == SOURCE)
		row->source = text;
	if (operand == DATA)
		row->data = text;
	if (operand != TYPE)
		return 0;
	row->type = text;
	data = strchr(text, ':');
	if (data != NULL) {
		*data++ = '\0';
		row->data = data;
	}
	return 0;
}

int set_mount(struct command *command, char *value)
{
	struct libspawn_mount *row =
		list_add(command, &command->mounts, sizeof *row);
	char *what = strchr(value, '=');
	char *operand = what != NULL ? strchr(what, ':') : NULL;
	enum operand takes = NOTHING;
	const char *cursor;
	char word[WORD_MAX];
	int more;

	if (row == NULL)
		return -1;
	if (what == NULL || value[0] != '/')
		return complain(command, "expected /WHERE=WHAT");
	if (operand != NULL)
		*operand++ = '\0';
	*what++ = '\0';
	row->target = value;
	cursor = what;
	more = next_word(&command->mistake, word, &cursor);
	if (more <= 0 || read_mount_kind(command, row, &takes, word))
		return -1;
	while ((more = next_word(&command->mistake, word, &cursor)) > 0)
		if (read_flag(command, row, word))
			return -1;
	return more < 0 ? more : read_operand(command, row, takes, operand);
}
