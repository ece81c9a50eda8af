/* SPDX-License-Identifier: MIT */
/*
 * What --sandbox stands for: the system read-only, a /tmp and a /dev of its
 * own, no network, nothing seen of other processes, no way to more rights, and
 * the working directory writable. All of it are options that can be given.
 */
#define _GNU_SOURCE
#include "sandbox.h"
#include "kernel.h"
#include "setters.h"
#include "values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* CLONE_NEW...: namespaces(7). */
#define NEW_NET UINT64_C(0x40000000)
#define NEW_ALL UINT64_C(0x7e020000)

int set_sandbox(struct command *command, char *value)
{
	const char *cursor = value;
	char word[WORD_MAX];
	int more = 0;

	command->sandbox.wanted = true;
	while (cursor != NULL &&
	       (more = next_word(&command->mistake, word, &cursor)) > 0) {
		if (strcmp(word, "net") == 0)
			command->sandbox.keeps_net = true;
		else if (strcmp(word, "session") == 0)
			command->sandbox.keeps_session = true;
		else if (strcmp(word, "keyring") == 0)
			command->sandbox.keeps_keyring = true;
		else
			return complain(command,
					"'%s' is not one of net, "
					"session, keyring",
					word);
	}
	return more;
}

static int add_copy(struct command *command, struct libspawn_mount row)
{
	struct libspawn_mount *copy =
		list_add(command, &command->mounts, sizeof *copy);

	if (copy == NULL)
		return -1;
	*copy = row;
	return 0;
}

static int add_row(struct command *command, uint32_t kind, const char *target,
		   uint32_t flags, const char *source)
{
	return add_copy(command, (struct libspawn_mount){ .kind = kind,
							  .target = target,
							  .flags = flags,
							  .source = source });
}

/* ---- The working directory --------------------------------------------- */

bool is_in(const char *path, const char *directory)
{
	const size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 &&
	       (path[length] == '/' || path[length] == '\0');
}

/* What is on a read-only file system stays so. */
static uint32_t flags_of(const char *path)
{
	struct statvfs status;

	if (statvfs(path, &status) == 0 && status.f_flag & ST_RDONLY)
		return LIBSPAWN_MOUNT_RECURSIVE;
	return LIBSPAWN_MOUNT_RECURSIVE | LIBSPAWN_MOUNT_WRITABLE;
}

/* Each directory on the way to it, in the new /tmp. */
static int add_way(struct command *command, const char *path)
{
	const char *slash = strchr(path + 1, '/');

	for (; slash != NULL; slash = strchr(slash + 1, '/')) {
		char *way = strndup(path, (size_t)(slash - path));

		if (way == NULL)
			return complain(command, "out of memory");
		if (keep_path(command, way) ||
		    (strcmp(way, "/tmp") != 0 &&
		     add_row(command, LIBSPAWN_MOUNT_DIRECTORY, way, 0, NULL)))
			return -1;
	}
	return 0;
}

/*
 * A directory in /tmp, which a new one hides, waits in the meantime where /proc
 * is until it is mounted anew.
 */
static int add_hidden(struct command *command, const char *path)
{
	if (add_row(command, LIBSPAWN_MOUNT_BIND, "/proc", flags_of(path),
		    path) ||
	    add_row(command, LIBSPAWN_MOUNT_TMPFS, "/tmp", 0, NULL) ||
	    add_way(command, path))
		return -1;
	return add_row(command, LIBSPAWN_MOUNT_BIND, path,
		       LIBSPAWN_MOUNT_RECURSIVE | LIBSPAWN_MOUNT_CREATE,
		       "/proc");
}

static int add_directory(struct command *command, const char *path)
{
	if (is_in(path, "/tmp") && strcmp(path, "/tmp") != 0)
		return add_hidden(command, path);
	if (strcmp(path, "/") != 0 && strcmp(path, "/tmp") != 0 &&
	    add_row(command, LIBSPAWN_MOUNT_BIND, path, flags_of(path), path))
		return -1;
	return add_row(command, LIBSPAWN_MOUNT_TMPFS, "/tmp", 0, NULL);
}

/* What is in a directory that comes anew is not there any more. */
static int check_directory(struct command *command, const char *path)
{
	static const char *const anew[] = { "/dev", "/proc" };

	for (size_t i = 0; i < sizeof anew / sizeof *anew; i++)
		if (is_in(path, anew[i]) && strcmp(path, anew[i]) != 0)
			return complain(command,
					"--sandbox: the working directory %s "
					"is hidden by a new %s: choose another "
					"by --chdir",
					path, anew[i]);
	return 0;
}

/* The one that the program is to have, whichever way it was said. */
static char *find_directory(const struct command *command)
{
	const char *cwd = command->options.cwd;

	return realpath(cwd != NULL ? cwd : ".", NULL);
}

/* ---- What root could turn ----------------------------------------------- */

/*
 * Files of /proc that belong to user 0 of the whole system, who needs no
 * capability to write to them: kernel.core_pattern names a program.
 */
static const char *const tunables[] = { "/proc/sys",  "/proc/irq",
					"/proc/bus",  "/proc/fs",
					"/proc/acpi", "/proc/sysrq-trigger" };

static int add_proc(struct command *command)
{
	if (add_row(command, LIBSPAWN_MOUNT_PROC, "/proc", 0, NULL))
		return -1;
	for (size_t i = 0; i < sizeof tunables / sizeof *tunables; i++)
		if (access(tunables[i], F_OK) == 0 &&
		    add_row(command, LIBSPAWN_MOUNT_BIND, tunables[i],
			    LIBSPAWN_MOUNT_READ_ONLY, tunables[i]))
			return -1;
	return 0;
}

/* ---- All of it --------------------------------------------------------- */

static int add_mounts(struct command *command)
{
	char *directory = find_directory(command);

	if (directory == NULL)
		return complain(command, "--sandbox: the working directory: %s",
				strerror(errno));
	if (keep_path(command, directory))
		return -1;
	command->options.cwd = directory;
	if (check_directory(command, directory) ||
	    add_row(command, LIBSPAWN_MOUNT_REMOUNT, "/",
		    LIBSPAWN_MOUNT_READ_ONLY | LIBSPAWN_MOUNT_NO_SUID |
			    LIBSPAWN_MOUNT_RECURSIVE,
		    NULL) ||
	    add_directory(command, directory) || add_proc(command))
		return -1;
	return add_row(command, LIBSPAWN_MOUNT_DEV, "/dev", 0, NULL);
}

/* Rows that were given come after those of the short form. */
static int put_first(struct command *command)
{
	struct list given = command->mounts;
	const struct libspawn_mount *rows = given.items;
	int failed;

	command->mounts = (struct list){ 0 };
	failed = add_mounts(command);
	for (size_t i = 0; i < given.count && !failed; i++)
		failed = add_copy(command, rows[i]);
	free(given.items);
	return failed;
}

/* A network of itself alone, up as every program expects it. */
static void part_network(struct command *command)
{
	struct libspawn_options *options = &command->options;

	if (command->sandbox.keeps_net)
		options->new_namespaces &= ~NEW_NET;
	else
		options->flags |= LIBSPAWN_LOOPBACK;
}

/* Where nobody has keyrings, the caller has none to hide. */
static void part_keyring(struct command *command)
{
	struct libspawn_options *options = &command->options;

	if (options->session_keyring == NULL &&
	    !command->sandbox.keeps_keyring && kernel_has_keyrings())
		options->session_keyring = "";
}

/* A session of its own: its terminal takes no input from the program. */
int finish_sandbox(struct command *command)
{
	struct libspawn_options *options = &command->options;

	if (!command->sandbox.wanted)
		return 0;
	if (options->flags & LIBSPAWN_CWD_FD)
		return complain(command,
				"--sandbox needs the path of the working "
				"directory: --chdir, not --chdir-fd");
	options->new_namespaces |= NEW_ALL;
	part_network(command);
	part_keyring(command);
	if (command->id_maps.count == 0)
		options->flags |= LIBSPAWN_OWN_IDS;
	options->flags |=
		LIBSPAWN_INIT | LIBSPAWN_NO_NEW_PRIVS | LIBSPAWN_BOUNDING_CAPS;
	if (!command->sandbox.keeps_session &&
	    (options->flags & LIBSPAWN_PROCESS_GROUP) == 0)
		options->flags |= LIBSPAWN_NEW_SESSION;
	return put_first(command);
}
