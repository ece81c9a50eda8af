/* SPDX-License-Identifier: MIT */
/* The command line as it grows: its lists, and their end. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

void *list_add(struct command *command, struct list *list, size_t size)
{
	char *items = realloc(list->items, (list->count + 1) * size);

	if (items == NULL) {
		describe_mistake(&command->mistake, "out of memory");
		return NULL;
	}
	list->items = items;
	items += list->count++ * size;
	memset(items, 0, size);
	return items;
}

int keep_path(struct command *command, char *path)
{
	char **kept = list_add(command, &command->paths, sizeof *kept);

	if (kept != NULL) {
		*kept = path;
		return 0;
	}
	free(path);
	return -1;
}

static void release_paths(struct list *paths)
{
	char **all = paths->items;

	while (paths->count > 0)
		free(all[--paths->count]);
	free(all);
}

/* The instructions are each filter's own. */
static void release_filters(struct command *command)
{
	struct libspawn_filter *filters = command->filters.items;

	for (size_t i = 0; i < command->filters.count; i++)
		free((void *)(uintptr_t)filters[i].instructions);
	free(filters);
}

void command_release(struct command *command)
{
	free(command->stages.items);
	free(command->stage_options.items);
	free(command->stage_fds.items);
	free(command->fds.items);
	free(command->ends.items);
	free(command->opened.items);
	free(command->groups.items);
	free(command->rlimits.items);
	free(command->cpus.items);
	free(command->namespaces.items);
	free(command->env_set.items);
	free(command->env_unset.items);
	free(command->nodes.items);
	release_filters(command);
	free(command->id_maps.items);
	free(command->mounts.items);
	release_paths(&command->paths);
}
