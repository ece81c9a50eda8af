/* SPDX-License-Identifier: MIT */
/*
 * A program that starts others by the C library's names: linked ahead of it,
 * statically, with the header's macros, or with a preload, it has to print the
 * same. It ends with 0 unless a name should be ours and is not.
 */
#define _GNU_SOURCE
#ifdef REDIRECTED
#define LIBSPAWN_POSIX_REDIRECT
#endif
#include <libspawn_posix.h>

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_for(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid ? status >> 8 : -1;
}

static void try_spawn(void)
{
	char *const argv[] = { "sh", "-c", "cat; pwd >&2; exit 3", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	pid_t pid = -1;
	int code;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	code = posix_spawnp(&pid, "sh", &actions, &attributes, argv, environ);
	printf("posix_spawnp: %d, status %d\n", code,
	       code ? -1 : wait_for(pid));
	code = posix_spawn(&pid, "/nonexistent", &actions, NULL, argv, environ);
	printf("posix_spawn: %s\n", strerror(code));
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
}

static void try_shell(void)
{
	char text[64] = "";
	FILE *stream = popen("echo one; exit 4", "r");

	if (stream && fgets(text, sizeof text, stream))
		printf("popen: %s", text);
	printf("pclose: %d\n", stream ? pclose(stream) >> 8 : -1);
	printf("system: %d\n", system("exit 5") >> 8);
}

#ifdef TAKEN
/* Without a dynamic linker nobody else can tell. */
static int is_taken(void)
{
	return posix_spawn == libspawn_posix_spawn &&
	       posix_spawnp == libspawn_posix_spawnp &&
	       system == libspawn_system && popen == libspawn_popen &&
	       pclose == libspawn_pclose;
}
#else
#define is_taken() 1
#endif

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	try_spawn();
	try_shell();
	return !is_taken();
}
