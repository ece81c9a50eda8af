/* SPDX-License-Identifier: MIT */
/*
 * The kernel alone knows what it allows: limits, filters and security modules
 * all have a say. So the namespaces, maps and mounts are made, for a process
 * that then fails to execute a directory: nothing has run, and nothing is left.
 */
#define _GNU_SOURCE
#include "trial.h"

#define OF_SANDBOX                                                             \
	(LIBSPAWN_OWN_IDS | LIBSPAWN_DENY_SETGROUPS | LIBSPAWN_ID_HELPERS |    \
	 LIBSPAWN_INIT)

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
		.mount_count = given->mount_count,
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
	fprintf(stream, "%-12s %s\n", "this system", sentence);
}
