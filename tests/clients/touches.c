/* SPDX-License-Identifier: MIT */
/* Has the names, and starts nothing: no proof may take it for a client. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addclose(&actions, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "x", 0, 0);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_destroy(&attributes);
	if (argc > 1)
		return system(argv[1]);
	printf("%d\n", argv[0] == NULL);
	return 0;
}
