/* SPDX-License-Identifier: MIT */
/*
 * A program of before glibc 2.15: its posix_spawn() hands a file without a
 * header to the shell. The same file by today's name is ENOEXEC.
 */
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;
extern __typeof__(posix_spawn) old_spawn;
extern __typeof__(posix_spawnp) old_spawnp;

__asm__(".symver old_spawn,posix_spawn@" OLD_VERSION);
__asm__(".symver old_spawnp,posix_spawnp@" OLD_VERSION);

static void report(const char *name, int code, pid_t pid)
{
	int status = -1;

	if (code == 0)
		waitpid(pid, &status, 0);
	printf("%s: %s, %d\n", name, strerror(code), status >> 8);
}

/* argv: a script that has no header, its arguments. */
int main(int argc, char *argv[])
{
	char *none[] = { NULL };
	pid_t pid = -1;
	int code;

	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	code = old_spawn(&pid, argv[1], NULL, NULL, argv + 1, environ);
	report("old posix_spawn", code, pid);
	code = old_spawnp(&pid, argv[1], NULL, NULL, argv + 1, environ);
	report("old posix_spawnp", code, pid);
	code = old_spawn(&pid, argv[1], NULL, NULL, none, environ);
	report("old posix_spawn without arguments", code, pid);
	code = posix_spawn(&pid, argv[1], NULL, NULL, argv + 1, environ);
	report("posix_spawn", code, pid);
	code = posix_spawnp(&pid, argv[1], NULL, NULL, argv + 1, environ);
	report("posix_spawnp", code, pid);
	return 0;
}
