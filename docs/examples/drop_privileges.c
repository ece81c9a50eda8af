/* SPDX-License-Identifier: MIT */
/*
 * drop_privileges UID GID PROGRAM ARGUMENTS...: run a program as another user
 * that can't come back: no supplementary group, no set-user-ID program, no
 * core file, a private umask, and an end when this program ends.
 */
#include <libspawn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

int main(int argc, char *argv[])
{
	static const struct libspawn_rlimit no_core[] = {
		{ .resource = RLIMIT_CORE, .soft = 0, .hard = 0 },
	};
	struct libspawn_options options = {
		.size = sizeof options,
		.flags = LIBSPAWN_UID | LIBSPAWN_GID | LIBSPAWN_GROUPS |
			 LIBSPAWN_UMASK | LIBSPAWN_NO_NEW_PRIVS,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
		.cwd = "/",
		.umask = 077,
		.rlimits = no_core,
		.rlimit_count = 1,
		.parent_death_signal = SIGKILL,
	};
	struct libspawn_process child;
	struct libspawn_error error;
	char text[256];
	int status;

	if (argc < 4)
		return 2;
	options.uid = (uint32_t)strtoul(argv[1], NULL, 10);
	options.gid = (uint32_t)strtoul(argv[2], NULL, 10);
	if (libspawn_start(&child, argv[3], argv + 3, &options, &error)) {
		libspawn_explain(text, sizeof text, &error, argv[3], argv + 3,
				 &options);
		fprintf(stderr, "drop_privileges: %s\n", text);
		return 1;
	}
	waitpid(child.pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
