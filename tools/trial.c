/* SPDX-License-Identifier: MIT */
/*
 * The kernel alone knows what it allows: limits, filters and security modules
 * all have a say. So the namespaces, maps and mounts are made, for a process
 * that then fails to execute a directory: nothing has run, and nothing is left.
 * What would be left is not tried: from the first row on that makes a file in a
 * file system that is there already.
 */
#define _GNU_SOURCE
#include "trial.h"
#include "sandbox.h"

#define OF_SANDBOX                                                             \
	(LIBSPAWN_OWN_IDS | LIBSPAWN_DENY_SETGROUPS | LIBSPAWN_ID_HELPERS |    \
	 LIBSPAWN_INIT)

/* Of those before it, one is a new file system, and it is in there. */
static bool is_in_new(const struct libspawn_mount *rows, uint32_t row)
{
	for (uint32_t n = row; n-- > 0;)
		if (is_in(rows[row].target, rows[n].target))
			return rows[n].kind == LIBSPAWN_MOUNT_TMPFS ||
			       rows[n].kind == LIBSPAWN_MOUNT_DEV;
	return false;
}

static bool makes_files(const struct libspawn_mount *row)
{
	return row->kind == LIBSPAWN_MOUNT_DIRECTORY ||
	       row->kind == LIBSPAWN_MOUNT_SYMLINK ||
	       (row->flags &
		(LIBSPAWN_MOUNT_CREATE | LIBSPAWN_MOUNT_CREATE_FILE)) != 0;
}

static uint32_t count_harmless(const struct libspawn_options *options)
{
	const struct libspawn_mount *rows = options->mounts;
	uint32_t count = 0;

	while (count < options->mount_count &&
	       (!makes_files(&rows[count]) || is_in_new(rows, count)))
		count++;
	return count;
}

static struct libspawn_options only_sandbox(const struct command *command)
{
	const struct libspawn_options *given = &command->options;

	return (struct libspawn_options){
		.size = sizeof(struct libspawn_options),
		.flags = given->flags & OF_SANDBOX,
		.new_namespaces = given->new_namespaces,
		.id_maps = given->id_maps,
		.id_map_count = given->id_map_count,
		.mounts = given->mounts,
		.mount_count = count_harmless(given),
	};
}

void print_trial(FILE *stream, const struct command *command)
{
	const struct libspawn_options options = only_sandbox(command);
	static char name[] = "/";
	char *const argv[] = { name, NULL };
	struct libspawn_process process;
	struct libspawn_error error = { 0 };
	char sentence[4096] = "can";

	if (options.new_namespaces == 0)
		return;
	libspawn_start(&process, name, argv, &options, &error);
	if (error.step != LIBSPAWN_STEP_EXEC)
		libspawn_explain(sentence, sizeof sentence, &error, name, argv,
				 &options);
	fprintf(stream, "%-12s %s%s\n", "this system", sentence,
		options.mount_count < command->options.mount_count
			? ", but for mounts from the first on that would make "
			  "a file: these are not tried"
			: "");
}
